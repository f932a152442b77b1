// Makes elements. Text is always text, and never markup: ids and names come from files.

/** `element("p", {class: "hint"}, "text", child, …)`. A child that is `undefined` or `false` is left out. */
export function element(name, properties, ...children) {
  const made = document.createElement(name);
  for (const [property, value] of Object.entries(properties ?? {})) {
    if (property.startsWith("on")) made.addEventListener(property.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(property, value === true ? "" : value);
  }
  made.append(...present(children));
  return made;
}

/** Puts children in the place of all that an element has. */
export function fill(target, ...children) {
  target.replaceChildren(...present(children));
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== undefined && child !== false);
}

export const byId = (id) => document.getElementById(id);

/** The options of a select, in groups, with at most `most` in each. What was selected stays so where it is still there. */
export function fillSelect(select, groups, most) {
  const before = select.value;
  const made = Object.entries(groups)
    .filter(([, options]) => options.length > 0)
    .map(([label, options]) => {
      const shown = options.slice(0, most).map(({ value, text }) => element("option", { value }, text));
      const rest = options.length - shown.length;
      return element("optgroup", { label }, shown, rest > 0 && element("option", { disabled: true }, `… and ${rest} more`));
    });
  select.replaceChildren(...made);
  if ([...select.options].some(({ value }) => value === before)) select.value = before;
}
