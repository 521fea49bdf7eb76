// Search over the sections of all pages. The index is read when somebody first types.
(() => {
  const root = document.body.dataset.root, box = document.getElementById("q"), list = document.getElementById("results");
  let index;
  const load = () => (index ??= fetch(root + "search.json").then((r) => r.json()));
  const score = (entry, terms) => {
    const [page, section, text] = [entry.page, entry.section, entry.text].map((s) => s.toLowerCase());
    let sum = 0;
    for (const term of terms) {
      const n = (section.includes(term) ? 8 : 0) + (page.includes(term) ? 4 : 0) + Math.min(text.split(term).length - 1, 3);
      if (n === 0) return 0;
      sum += n;
    }
    return sum;
  };
  const snippet = (text, term) => {
    const at = Math.max(0, text.toLowerCase().indexOf(term) - 40);
    return (at > 0 ? "…" : "") + text.slice(at, at + 120) + (at + 120 < text.length ? "…" : "");
  };
  const show = (hits, terms) => {
    list.replaceChildren(...hits.map(({ page, section, url, text }) => {
      const item = document.createElement("li"), link = document.createElement("a"), more = document.createElement("p");
      link.href = root + url;
      link.textContent = section ? page + " › " + section : page;
      more.textContent = snippet(text, terms[0]);
      item.append(link, more);
      return item;
    }));
    if (hits.length === 0) list.append(Object.assign(document.createElement("li"), { textContent: "Nothing found" }));
    list.hidden = false;
  };
  box.addEventListener("input", async () => {
    const terms = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (terms.length === 0) { list.hidden = true; return; }
    const entries = await load();
    show(entries.map((e) => [score(e, terms), e]).filter(([n]) => n > 0).sort((a, b) => b[0] - a[0]).slice(0, 12).map(([, e]) => e), terms);
  });
  document.addEventListener("keydown", (e) => {
    if (e.key === "/" && document.activeElement !== box) { e.preventDefault(); box.focus(); }
    if (e.key === "Escape") { list.hidden = true; box.blur(); }
  });
  if (matchMedia("(max-width: 60rem)").matches) document.querySelector("nav details").open = false;
})();
