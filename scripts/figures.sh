# Figures: sourced by the scripts that measure.
#
# figures_write <name> <title> <command…>  runs the command, shows what it prints, and writes it to
#                docs/figures/<name>.md, below the title, the machine, and the script that was run.

figures_write() {
    local name=$1 title=$2 file=docs/figures/$1.md
    shift 2
    mkdir -p docs/figures
    {
        echo "# $title"
        echo
        echo "Written by \`./scripts/$(basename "$0")\`; [performance](../performance.md) says how to read it."
        echo
        echo "Machine: $(nproc) CPUs, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)," \
            "$(uname -sr), $(rustc --version | cut -d' ' -f1-2)."
        "$@"
    } | tee "$file.new"
    mv "$file.new" "$file"
}
