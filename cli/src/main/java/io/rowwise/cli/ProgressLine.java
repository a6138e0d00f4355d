package io.rowwise.cli;

import java.util.Locale;

/** One line on a terminal that is written over until the work is done; nothing in a pipe. */
final class ProgressLine implements AutoCloseable {
  private static final long INTERVAL_NANOSECONDS = 200_000_000;
  private static final String BACK_TO_EMPTY_LINE = "\r\u001b[K";

  private final Terminal terminal;
  private long start = System.nanoTime();
  private long shown = start;
  private boolean isShown;

  ProgressLine(Terminal terminal) {
    this.terminal = terminal;
  }

  /** What is shown from now on is another part of the work, with a time of its own. */
  void begin() {
    start = System.nanoTime();
  }

  /**
   * Shows how far the work is.
   *
   * @param done such as {@code 4096 rows}
   * @param fraction of this part of it, from 0 to 1; NaN if that is unknown
   */
  void show(String done, double fraction) {
    long now = System.nanoTime();
    if (!terminal.isInteractive() || now - shown < INTERVAL_NANOSECONDS) {
      return;
    }
    shown = now;
    isShown = true;
    double seconds = (now - start) * 1e-9;
    String time =
        fraction > 0 && fraction <= 1
            ? String.format(Locale.ROOT, "%.0f s left", seconds / fraction - seconds)
            : String.format(Locale.ROOT, "%.0f s", seconds);
    terminal.err().print(BACK_TO_EMPTY_LINE + done + ", " + time);
    terminal.err().flush();
  }

  @Override
  public void close() {
    if (isShown) {
      terminal.err().print(BACK_TO_EMPTY_LINE);
      terminal.err().flush();
    }
  }
}
