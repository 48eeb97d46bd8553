// Shortens the way; every page works without it. No dependencies.

// Suggestions under each search input: the ARIA combobox with a list (input[data-suggest]).
for (const input of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("ul");
  const status = document.createElement("p");
  let active = -1;
  let timer, request, shown;

  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.role = "listbox";
  list.hidden = true;
  status.className = "hidden-visually";
  status.role = "status";
  input.after(list);
  input.form.append(status);
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
  })) input.setAttribute(name, value);

  const options = () => [...list.querySelectorAll("[role=option]")];

  const select = (index) => {
    active = index;
    options().forEach((option, place) => {
      option.setAttribute("aria-selected", place === index);
      if (place === index) {
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      }
    });
    if (index < 0) input.removeAttribute("aria-activedescendant");
  };

  const close = () => {
    clearTimeout(timer);
    request?.abort();
    list.hidden = true;
    status.textContent = "";
    input.setAttribute("aria-expanded", "false");
    select(-1);
  };

  const open = () => {
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    const codes = list.querySelectorAll("[role=option]:not(.all)").length;
    status.textContent = `${codes} ${codes === 1 ? "code" : "codes"}. Use the arrow keys, then Enter.`;
  };

  const suggest = async () => {
    const typed = input.value.trim();
    request?.abort();
    request = new AbortController();
    try {
      const address = `${input.dataset.suggest}?q=${encodeURIComponent(typed)}`;
      const response = await fetch(address, { signal: request.signal });
      if (!response.ok) return close();
      // Our own server's template, with every text escaped.
      list.innerHTML = await response.text();
    } catch {
      return; // typed on, or offline: the form still works
    }
    shown = typed;
    list.setAttribute("aria-label", `Codes that match ${typed}`);
    options().forEach((option, place) => (option.id = `${list.id}-${place}`));
    select(-1);
    if (options().length) open();
    else close();
  };

  // An option leads to a page, or is a code for the form that the input belongs to.
  const choose = ({ dataset }) => {
    if (dataset.href) return location.assign(dataset.href);
    input.value = dataset.value;
    close();
    input.form.requestSubmit();
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim().length < 2) return close();
    timer = setTimeout(suggest, 120);
  });

  input.addEventListener("keydown", (event) => {
    const last = options().length - 1;
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) {
        if (last < 0 || shown !== input.value.trim()) return;
        open();
      }
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      // Beyond either end lies the input itself.
      const next = active + step;
      select(next > last ? -1 : next < -1 ? last : next);
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      event.preventDefault();
      choose(options()[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });

  list.addEventListener("mousedown", (event) => event.preventDefault()); // the input keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  input.addEventListener("blur", close);
}

// Menus close on Escape, and on a click or focus elsewhere.
const menus = () => document.querySelectorAll(".site-nav details[open], .site-menu[open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});
for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
}

// The contents mark the section that is being read.
const contents = new Map();
for (const link of document.querySelectorAll(".toc a[href^='#']")) {
  const heading = document.getElementById(link.hash.slice(1));
  const section = heading?.closest("section") ?? heading;
  if (section) contents.set(section, [...(contents.get(section) ?? []), link]);
}
if (contents.size) {
  const visible = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) visible.add(target);
        else visible.delete(target);
      }
      const current = [...contents.keys()].find((section) => visible.has(section));
      if (!current) return; // between two sections: the last one stays
      for (const [section, links] of contents) {
        for (const link of links) {
          if (section === current) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }
      }
    },
    { rootMargin: "-10% 0px -60%" },
  );
  for (const section of contents.keys()) observer.observe(section);
}

// A button that prints, where there is script to do it.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
