package io.rowwise.backend.cuda.ptx;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A kernel of a PTX text: its name, its parameters, and how many threads its blocks may have.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 *
 * @param threads threads along x, y and z, as many of them as are given; none if it does not say
 * @param threadsAreExact whether a block must have just these; otherwise their product is the most
 *     that it may have
 */
public record PtxEntry(
    String name, List<PtxParameter> parameters, List<Integer> threads, boolean threadsAreExact) {
  /** Whether it was compiled for such blocks. */
  public boolean takesThreads(int x, int y, int z) {
    if (threads.isEmpty()) {
      return true;
    }
    if (threadsAreExact) {
      return x == along(0) && y == along(1) && z == along(2);
    }
    return (double) x * y * z <= (double) along(0) * along(1) * along(2);
  }

  /** Which blocks it was compiled for, for messages. */
  public String wantedThreads() {
    return String.format(
        Locale.ROOT,
        "%s %d x %d x %d",
        threadsAreExact ? "exactly" : "at most",
        along(0),
        along(1),
        along(2));
  }

  private int along(int dimension) {
    return dimension < threads.size() ? threads.get(dimension) : 1;
  }

  /** Its name and its parameters' types. */
  @Override
  public String toString() {
    return name
        + parameters.stream()
            .map(PtxParameter::toString)
            .collect(Collectors.joining(", ", "(", ")"));
  }
}
