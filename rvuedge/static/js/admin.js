// Select2 makes its fields without a name, or names them by what is chosen: screen readers need one.
(() => {
  const name = () => {
    for (const input of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
      input.setAttribute("aria-label", "Type to search");
    }
    for (const shown of document.querySelectorAll(
      ".select2-selection__rendered[role=textbox]:not([aria-label])",
    )) {
      const select = document.getElementById(shown.id.replace(/^select2-|-container$/g, ""));
      const label = select?.labels[0];
      if (label) shown.setAttribute("aria-label", label.textContent.trim());
    }
  };
  new MutationObserver(name).observe(document.documentElement, { childList: true, subtree: true });
})();
