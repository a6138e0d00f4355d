package io.rowwise.dataset;

import io.rowwise.file.Quoted;
import java.util.Collection;
import java.util.Locale;

/** What is said about columns and their cells in the messages of errors. */
final class ColumnNames {
  private static final int MOST_CHARACTERS = 80;

  private ColumnNames() {}

  /**
   * The name.
   *
   * @throws IllegalArgumentException if it is empty
   */
  static String requireName(String operation, String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException(operation + ": a column without a name");
    }
    return name;
  }

  /** The names, the first of them if they are many. */
  static String listed(Collection<String> names) {
    if (names.isEmpty()) {
      return "none";
    }
    return Quoted.all(names);
  }

  /** That there is no such name, which ones there are, and which of them was perhaps meant. */
  static String unknown(String what, String asked, Collection<String> names) {
    String message = "no " + what + " " + Quoted.of(asked) + "; there are " + listed(names);
    String nearest = nearest(asked, names);
    return nearest == null ? message : message + "; did you mean " + Quoted.of(nearest) + "?";
  }

  /** The name with the fewest letters to change, or null if that would be more than a third. */
  private static String nearest(String asked, Collection<String> names) {
    String wanted = plain(asked);
    String nearest = null;
    int fewest = Math.max(1, wanted.length() / 3) + 1;
    for (String name : names) {
      String candidate = plain(name);
      // No change of so many letters makes up for that difference in length.
      if (Math.abs(candidate.length() - wanted.length()) < fewest) {
        int changes = changes(wanted, candidate);
        if (changes < fewest) {
          fewest = changes;
          nearest = name;
        }
      }
    }
    return nearest;
  }

  /** Without what is easily mistaken: 'Petal_Width' is as near to 'petal width' as can be. */
  private static String plain(String name) {
    return name.substring(0, Math.min(name.length(), MOST_CHARACTERS))
        .toLowerCase(Locale.ROOT)
        .replaceAll("[\\s_.-]+", " ")
        .strip();
  }

  /** Levenshtein's distance. */
  private static int changes(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[to.length()];
  }
}
