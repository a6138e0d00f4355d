package io.rowwise.cli;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * Where a command reads and writes.
 *
 * @param in for data that come by a pipe
 * @param out for what was asked for
 * @param err for warnings, errors and progress
 * @param isInteractive whether a person looks on, and progress is shown
 */
record Terminal(InputStream in, PrintStream out, PrintStream err, boolean isInteractive) {}
