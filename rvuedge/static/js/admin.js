// Select2 makes its search fields without a name: screen readers need one.
(() => {
  const name = () => {
    for (const input of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
      input.setAttribute("aria-label", "Type to search");
    }
  };
  new MutationObserver(name).observe(document.documentElement, { childList: true, subtree: true });
})();
