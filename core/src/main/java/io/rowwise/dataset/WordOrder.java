package io.rowwise.dataset;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** The order of classes and categories: by number if all are numbers, by code point otherwise. */
final class WordOrder {
  private WordOrder() {}

  static List<String> sorted(Collection<String> words) {
    // String compares the halves of code points, by which those above U+FFFF come too early.
    Comparator<String> order =
        (one, other) -> Arrays.compare(one.codePoints().toArray(), other.codePoints().toArray());
    if (words.stream().noneMatch(word -> Double.isNaN(NumberText.parse(word)))) {
      order =
          Comparator.comparingDouble((String word) -> NumberText.parse(word)).thenComparing(order);
    }
    return words.stream().sorted(order).toList();
  }
}
