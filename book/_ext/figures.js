/* Beside each figure a button that saves it: all its panels as one SVG file, with its words and its licence inside. */
const SVG = "http://www.w3.org/2000/svg";
const AWAY = 12;

function asFile(figure) {
  const whole = document.createElementNS(SVG, "svg");
  const licence = document.createElementNS(SVG, "metadata");
  licence.textContent = `${document.title}. ${location.href.split("#")[0]}. Licence: CC BY 4.0.`;
  const title = document.createElementNS(SVG, "title");
  title.textContent = figure.getAttribute("aria-label");
  whole.append(title, licence);
  let [width, height] = [0, 0];
  for (const panel of figure.querySelectorAll(":scope > svg")) {
    const copy = panel.cloneNode(true);
    const [, , wide, high] = panel.getAttribute("viewBox").split(" ").map(Number);
    for (const [name, value] of Object.entries({ x: width, width: wide, height: high })) copy.setAttribute(name, value);
    for (const use of copy.querySelectorAll("use[href^='#']")) {
      // Level lines that an earlier figure of the page has drawn for all.
      const target = use.getAttribute("href");
      if (!copy.querySelector(target)) use.replaceWith(document.querySelector(target).cloneNode(true));
    }
    whole.append(copy);
    width += wide + AWAY;
    height = Math.max(height, high);
  }
  const look = { xmlns: SVG, viewBox: `0 0 ${width - AWAY} ${height}`, color: "#1d2733", style: "background:#fff" };
  for (const [name, value] of Object.entries(look)) whole.setAttribute(name, value);
  return new Blob([new XMLSerializer().serializeToString(whole)], { type: "image/svg+xml" });
}

document.querySelectorAll(".lossopt-figure").forEach((figure, i) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "save-figure";
  button.textContent = "Save figure";
  button.title = "Save this figure as SVG, licence CC BY 4.0";
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(asFile(figure));
    link.download = `${location.pathname.split("/").pop().replace(".html", "")}-figure-${i + 1}.svg`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  figure.after(button);
});
