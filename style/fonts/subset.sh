#!/usr/bin/env bash
# Makes the font files of ../site/fonts from the Fontsource packages. Needs npm and python3; run by hand when a version changes.
# Weights are cut to 400-700 (what the design uses) and Arabic to what is written today: 128 kB less on the first page.
set -euo pipefail
version=5.3.0
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "@fontsource-variable/inter@$version" "@fontsource-variable/noto-sans-arabic@$version"
for family in inter noto-sans-arabic; do
  mkdir "$family"
  tar xzf "fontsource-variable-$family-$version.tgz" -C "$family" --strip-components 1
done
python3 -m venv venv
venv/bin/pip install --quiet 'fonttools==4.60.1' 'brotli==1.1.0'

arabic='U+0600-061F,U+0621-065F,U+0660-066D,U+0670,U+0679,U+067E,U+0686,U+0688,U+0691,U+0698,U+06A9,U+06AF,U+06BA,U+06BE,U+06C0-06C3,U+06CC,U+06D2-06D5,U+06F0-06F9,U+200C-200F,U+2010-2011,U+FDFA,U+FDFC-FDFD'
venv/bin/pyftsubset noto-sans-arabic/files/noto-sans-arabic-arabic-wght-normal.woff2 \
  --unicodes="$arabic" --layout-features='*' --flavor=woff2 --output-file=arabic.woff2

cut() { venv/bin/fonttools varLib.instancer --quiet "$1" wght=400:700 --output "$here/../site/fonts/$2"; }
cut inter/files/inter-latin-wght-normal.woff2 "inter-latin.$version.woff2"
cut inter/files/inter-latin-ext-wght-normal.woff2 "inter-latin-ext.$version.woff2"
cut arabic.woff2 "noto-sans-arabic.$version.woff2"
cut noto-sans-arabic/files/noto-sans-arabic-arabic-wght-normal.woff2 "noto-sans-arabic-ext.$version.woff2"
cp inter/LICENSE "$here/LICENSE-inter.txt"
cp noto-sans-arabic/LICENSE "$here/LICENSE-noto-sans-arabic.txt"
