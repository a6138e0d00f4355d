package io.rowwise.dataset;

import java.util.Set;

/** The texts that say that a cell has no value, found without making a String. Immutable. */
final class MissingTexts {
  /** By length. */
  private final String[][] texts;

  private final boolean numbers;

  MissingTexts(Set<String> texts) {
    int longest = texts.stream().mapToInt(String::length).max().orElse(-1);
    this.texts = new String[longest + 1][];
    for (int length = 0; length <= longest; length++) {
      int wanted = length;
      this.texts[length] =
          texts.stream().filter(text -> text.length() == wanted).toArray(String[]::new);
    }
    numbers = texts.stream().anyMatch(text -> !Double.isNaN(NumberText.parse(text)));
  }

  /** Whether one of the texts is a number, such as -999, so that numbers have to be looked up. */
  boolean haveNumbers() {
    return numbers;
  }

  boolean contains(char[] text, int from, int to) {
    if (to - from >= texts.length) {
      return false;
    }
    for (String candidate : texts[to - from]) {
      if (equal(candidate, text, from)) {
        return true;
      }
    }
    return false;
  }

  private static boolean equal(String candidate, char[] text, int from) {
    for (int i = 0; i < candidate.length(); i++) {
      if (candidate.charAt(i) != text[from + i]) {
        return false;
      }
    }
    return true;
  }
}
