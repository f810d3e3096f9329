// Sections of which one is shown at a time. Without a script all are there, one after the other.
"use strict";

document.querySelectorAll("[data-tabs]").forEach((box) => {
  const panels = [...box.children];
  const list = document.createElement("div");
  list.className = "tabs";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", box.dataset.tabs);
  const tabs = panels.map((panel) => {
    const name = panel.querySelector("h3");
    const tab = document.createElement("a");
    tab.href = `#${panel.id}`;
    tab.id = `${panel.id}-tab`;
    tab.textContent = name.textContent;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    name.hidden = true;
    list.append(tab);
    return tab;
  });
  const show = (number) => tabs.forEach((tab, place) => {
    tab.setAttribute("aria-selected", String(place === number));
    tab.tabIndex = place === number ? 0 : -1;
    panels[place].hidden = place !== number;
  });
  list.addEventListener("click", (event) => {
    const place = tabs.indexOf(event.target);
    if (place < 0) return;
    event.preventDefault();
    show(place);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (tabs.indexOf(event.target) + step + tabs.length) % tabs.length;
    show(next);
    tabs[next].focus();
  });
  box.prepend(list);
  show(0);
});
