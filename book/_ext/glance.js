/* Lays out, one after another, the sections that layout.html has put off; only then lets the theme look at the page. */
addEventListener("load", (event) => {
  const root = document.documentElement;
  if (!root.classList.contains("glance")) return;
  event.stopImmediatePropagation(); // the theme would ask for the width of each block, one at a time
  const idle = window.requestIdleCallback ?? ((then) => setTimeout(then, 50));
  const sections = [...document.querySelectorAll(".bd-article section section")];
  idle(function next() {
    if (sections.length) {
      sections.shift().style.contentVisibility = "visible";
      return idle(next);
    }
    root.classList.remove("glance");
    dispatchEvent(new Event("load"));
  });
});

/* What was folded has no width until it is opened: only then can the theme see what scrolls, and let the keyboard in. */
addEventListener("toggle", (event) => event.target.open && dispatchEvent(new Event("resize")), true);

/* What a sign says goes away at Escape, as WCAG asks of all that comes by focus. */
addEventListener("keydown", (event) => event.key === "Escape" && document.activeElement.matches(".tested") && document.activeElement.blur());
