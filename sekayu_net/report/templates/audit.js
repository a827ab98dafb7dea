"use strict";
(() => {
  const form = document.getElementById("filters");
  const devices = [...document.querySelectorAll(".device")];
  const parents = [...document.querySelectorAll(".office"), ...document.querySelectorAll(".phase")];
  const checked = (name) =>
    new Set([...form.querySelectorAll(`input[name=${name}]:checked`)].map((box) => box.value));
  const apply = () => {
    const states = checked("state");
    const phases = checked("phase");
    const word = form.elements.name.value.trim().toLowerCase();
    let shown = 0;
    for (const device of devices) {
      const office = device.closest(".office");
      const named = `${device.dataset.name} ${office.dataset.name}`.toLowerCase().includes(word);
      const state = device.dataset.states.split(" ").some((each) => states.has(each));
      const phase = phases.has(device.closest(".phase").dataset.phase);
      device.hidden = !(named && state && phase);
      shown += device.hidden ? 0 : 1;
    }
    for (const parent of parents) {
      parent.hidden = !parent.querySelector(".device:not([hidden])");
    }
    const words = document.getElementById("shown").dataset.words;
    document.getElementById("shown").value = words.replace("%d", shown).replace("%d", devices.length);
  };
  const all = (open) => {
    for (const device of devices) {
      if (device.tagName === "DETAILS" && !device.hidden) device.open = open;
    }
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("open").addEventListener("click", () => all(true));
  document.getElementById("close").addEventListener("click", () => all(false));
  // What is closed is not printed.
  window.addEventListener("beforeprint", () => all(true));
  form.hidden = false;
  apply();
})();
