// Adds to what is to be copied a button that does it. Without scripts it can be selected as well.
"use strict";

for (const address of document.querySelectorAll(".copy")) {
  const button = document.createElement("button");
  const said = document.createElement("span");
  button.type = "button";
  button.textContent = address.dataset.copy || "Copy the address";
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(address);
    try {
      // The clipboard is for secure pages only; the old command works on the others.
      if (navigator.clipboard) await navigator.clipboard.writeText(address.textContent);
      else if (!document.execCommand("copy")) throw new Error("refused");
      said.textContent = "Copied.";
    } catch {
      said.textContent = "It is selected: copy it with Ctrl+C.";
    }
  });
  address.after(button, said);
}
