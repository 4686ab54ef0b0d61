/* Shows the explanation of the answer that was chosen; the list of all of them gives way to it. */
for (const group of document.querySelectorAll(".quiz")) {
  const fold = group.nextElementSibling;
  const reasons = [...fold.querySelectorAll("li")];
  const shown = group.querySelector(".reason");
  fold.hidden = true;
  group.querySelectorAll("input").forEach((button, i) =>
    button.addEventListener("change", () => {
      const right = reasons[i].textContent.trim().startsWith("Right");
      shown.replaceChildren(...(reasons[i].querySelector("p") ?? reasons[i]).cloneNode(true).childNodes);
      shown.classList.toggle("right", right);
    }),
  );
}
