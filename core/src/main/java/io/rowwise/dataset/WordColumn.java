package io.rowwise.dataset;

import io.rowwise.file.Quoted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A column of words: each row has the number of its word in a list of different words, or -1 where
 * the word is missing.
 *
 * <p>Immutable, so an instance may be used by many threads.
 */
public final class WordColumn implements Column {
  static final int MISSING = -1;

  private final String name;
  private final int[] codes;
  private final List<String> words;

  /** Keeps the codes, which are known to be -1 or places in the list, whose words differ. */
  WordColumn(String name, int[] codes, List<String> words) {
    this.name = ColumnNames.requireName("WordColumn", name);
    this.codes = codes;
    this.words = words;
  }

  /**
   * A column of the cells; the words are numbered in the order in which they first occur.
   *
   * @param name not empty
   * @param cells a word for each row, null where it is missing
   */
  public static WordColumn of(String name, List<String> cells) {
    Map<String, Integer> codeOfWord = new HashMap<>();
    List<String> words = new ArrayList<>();
    int[] codes = new int[cells.size()];
    int row = 0;
    for (String cell : cells) {
      if (cell == null) {
        codes[row++] = MISSING;
        continue;
      }
      Integer code = codeOfWord.putIfAbsent(cell, words.size());
      if (code == null) {
        code = words.size();
        words.add(cell);
      }
      codes[row++] = code;
    }
    return new WordColumn(name, codes, List.copyOf(words));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int rows() {
    return codes.length;
  }

  /**
   * Where the word of a row is in {@link #words()}, or -1 where it is missing.
   *
   * @param row 0 to {@code rows() - 1}
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public int code(int row) {
    return codes[row];
  }

  /** The words that the codes stand for, all different; not every one of them needs to occur. */
  public List<String> words() {
    return words;
  }

  @Override
  public boolean isMissing(int row) {
    return codes[row] == MISSING;
  }

  @Override
  public String text(int row) {
    return codes[row] == MISSING ? null : words.get(codes[row]);
  }

  @Override
  public WordColumn rows(int[] indices) {
    int[] gathered = new int[indices.length];
    for (int i = 0; i < indices.length; i++) {
      gathered[i] = codes[indices[i]];
    }
    return new WordColumn(name, gathered, words);
  }

  @Override
  public WordColumn named(String newName) {
    return new WordColumn(newName, codes, words);
  }

  /** Name and sizes, for logs: {@code WordColumn['species', 150 rows, 3 words]}. */
  @Override
  public String toString() {
    return "WordColumn["
        + Quoted.of(name)
        + ", "
        + codes.length
        + " rows, "
        + words.size()
        + " words]";
  }
}
