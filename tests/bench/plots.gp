# Plots of a folder of `make bench`: gnuplot -e "folder='build/bench'" tests/bench/plots.gp
# The .dat files are made by plots.py. Lines differ by dashes and marks, not by colour alone: they are to be printed.
set terminal svg size 760,520 enhanced font 'Helvetica,14' background '#ffffff'
set datafile missing '-'
set border 3
set tics nomirror out
set grid xtics ytics lc rgb '#dddddd' lt 1
set key outside right center reverse Left samplen 3 width -2
set logscale xy
set format y '10^{%L}'
set ylabel 'instructions'
set style line 1 lc rgb '#000000' lw 2 dt 1 pt 7  ps 0.8 # Linux
set style line 2 lc rgb '#0b6e99' lw 2 dt 1 pt 5  ps 0.8 # micro, auto
set style line 3 lc rgb '#c25700' lw 2 dt 2 pt 9  ps 0.9 # mono, auto
set style line 4 lc rgb '#7a7a7a' lw 1.5 dt 3 pt 13 ps 0.9
set style line 5 lc rgb '#4d8a2b' lw 1.5 dt 4 pt 11 ps 0.9
set style line 6 lc rgb '#8a3fa0' lw 1.5 dt 5 pt 4  ps 0.9
set style line 7 lc rgb '#b02040' lw 1.5 dt 2 pt 6  ps 0.9

do for [name in "size_fork size_fork_exit_wait regions_fork threads_fork"] {
    set output folder.'/'.name.'.svg'
    set title (name eq 'size_fork' ? 'fork alone' : name eq 'size_fork_exit_wait' ? 'fork, \_exit, wait' : \
               name eq 'regions_fork' ? 'fork alone, by regions' : 'fork alone, by threads')
    set xlabel (name[1:4] eq 'size' ? 'resident memory, MiB (leftmost: none)' : 'number')
    file = folder.'/'.name.'.dat'
    stats file skip 1 nooutput
    plot for [i=2:STATS_columns] file using 1:i with linespoints ls (i - 1) title columnheader(i)
}

unset logscale x
set output folder.'/written.svg'
set title 'fork of 64 MiB, and the parent writes a part of it'
set xlabel 'pages written afterwards, %'
file = folder.'/written_fork_and_write.dat'
stats file skip 1 nooutput
plot for [i=2:STATS_columns] file using 1:i with linespoints ls (i - 1) title columnheader(i)
