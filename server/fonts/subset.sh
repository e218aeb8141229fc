#!/bin/sh
# Makes the fonts that PDF exports are set in. Needs npm and fontTools (`pip install fonttools`).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent @expo-google-fonts/inter@0.4.2 @expo-google-fonts/noto-sans-arabic@0.4.3 >/dev/null
for archive in *.tgz; do mkdir "${archive%.tgz}" && tar xzf "$archive" -C "${archive%.tgz}"; done
inter=$(echo "$work"/expo-google-fonts-inter-*/package)
arabic=$(echo "$work"/expo-google-fonts-noto-sans-arabic-*/package)
letters="U+0000-024F,U+0259,U+02B0-02FF,U+0300-036F,U+0370-03FF,U+0400-04FF,U+1E00-1EFF,U+2000-206F,U+2070-209F,U+20A0-20CF,U+2100-214F,U+2190-21FF,U+2200-22FF,U+25A0-25FF,U+2713-2717,U+FB00-FB06,U+FFFD"
pyftsubset "$inter/400Regular/Inter_400Regular.ttf" --unicodes="$letters" --no-hinting \
    --layout-features='kern,mark,mkmk,ccmp,locl,calt,tnum,liga' --output-file="$here/inter-regular.ttf"
pyftsubset "$inter/600SemiBold/Inter_600SemiBold.ttf" --unicodes="$letters" --no-hinting \
    --layout-features='kern,mark,mkmk,ccmp,locl,calt,tnum,liga' --output-file="$here/inter-semibold.ttf"
pyftsubset "$arabic/400Regular/NotoSansArabic_400Regular.ttf" --unicodes='*' --no-hinting \
    --layout-features='*' --output-file="$here/noto-sans-arabic-regular.ttf"
pyftsubset "$arabic/600SemiBold/NotoSansArabic_600SemiBold.ttf" --unicodes='*' --no-hinting \
    --layout-features='*' --output-file="$here/noto-sans-arabic-semibold.ttf"
cp "$inter/LICENSE_FONT" "$here/LICENSE-inter.txt"
cp "$arabic/LICENSE_FONT" "$here/LICENSE-noto-sans-arabic.txt"
