package io.rowwise.dataset;

import io.rowwise.array.GrowingInts;
import java.util.ArrayList;
import java.util.List;

/** The cells of a column of words while they arrive. Not thread-safe. */
final class WordCells {
  private static final int FIRST_CAPACITY = 16;

  private final List<String> words = new ArrayList<>();
  private final GrowingInts codes = new GrowingInts();

  /** Open addressing: each place has a word's code + 1, or 0; at most half of them are taken. */
  private int[] places = new int[2 * FIRST_CAPACITY];

  void addMissing() {
    codes.add(WordColumn.MISSING);
  }

  /** Adds the texts of a column, which may be one of numbers. */
  void add(Column column) {
    for (int row = 0; row < column.rows(); row++) {
      String text = column.text(row);
      if (text == null) {
        addMissing();
      } else {
        add(text.toCharArray(), 0, text.length());
      }
    }
  }

  void add(char[] text, int from, int to) {
    int place = hash(text, from, to) & (places.length - 1);
    while (places[place] != 0) {
      int code = places[place] - 1;
      if (equal(words.get(code), text, from, to)) {
        codes.add(code);
        return;
      }
      place = (place + 1) & (places.length - 1);
    }
    words.add(new String(text, from, to - from));
    places[place] = words.size();
    codes.add(words.size() - 1);
    if (2 * words.size() > places.length) {
      spread();
    }
  }

  private void spread() {
    places = new int[2 * places.length];
    for (int code = 0; code < words.size(); code++) {
      char[] text = words.get(code).toCharArray();
      int place = hash(text, 0, text.length) & (places.length - 1);
      while (places[place] != 0) {
        place = (place + 1) & (places.length - 1);
      }
      places[place] = code + 1;
    }
  }

  private static int hash(char[] text, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text[i];
    }
    // The low bits choose the place, and words that are numbers differ in the high ones.
    hash *= 0x9E3779B9;
    return hash ^ (hash >>> 16);
  }

  private static boolean equal(String word, char[] text, int from, int to) {
    if (word.length() != to - from) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) != text[from + i]) {
        return false;
      }
    }
    return true;
  }

  boolean allMissing() {
    return words.isEmpty();
  }

  WordColumn column(String name) {
    return new WordColumn(name, codes.toArray(), List.copyOf(words));
  }
}
