// How many bytes each module has, and which modules lie one after the other in the file of a part.
const SIZES = "{SIZES}";
const PARTS = "{PARTS}";
const JOINED = new Map();
const ASKED = new Set();

/**
 * Asks for the file of a part, unless the server's page has not and most of what lies in it has come with others.
 */
function open(part) {
    const names = PARTS[part];
    const left = names.filter((name) => !ASKED.has(name));
    const bytes = (modules) => modules.reduce((sum, name) => sum + SIZES[name], 0);
    const file = `all_${part}.wasm`;
    const isPreloaded = document.querySelector(`link[rel="preload"][href$="/${file}"]`) !== null;
    if (left.length === 0 || (!isPreloaded && bytes(left) * 2 < bytes(names))) return;
    const whole = fetch(new URL(file, import.meta.url)).then((answer) => {
        if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
        return answer.arrayBuffer();
    });
    let start = 0;
    for (const name of names) {
        const [from, to] = [start, start + SIZES[name]];
        start = to;
        if (ASKED.has(name)) continue;
        const module = whole.then(
            (all) => new Response(all.slice(from, to), { headers: { "content-type": "application/wasm" } }),
        );
        module.catch(() => {});
        JOINED.set(name, module);
    }
}

/** A module, out of the file of a part or by itself; when that fails, the next try asks for it by itself. */
function take(name) {
    ASKED.add(name);
    const module = JOINED.get(name) ?? fetch(new URL(`./${name}.wasm`, import.meta.url));
    JOINED.delete(name);
    return module;
}
