package io.rowwise.dataset;

import io.rowwise.file.Quoted;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * How a table is written as comma-separated values. With what is unusual by name:
 *
 * <pre>{@code
 * CsvFormat.DEFAULT.separator(';').missing(Set.of("-999")).words("postcode")
 * }</pre>
 *
 * <p>Immutable, so an instance may be used by many threads.
 */
public final class CsvFormat {
  /**
   * A header; cells between {@code "} where they need it; missing are the empty cell, NA, N/A, NaN,
   * nan, null, NULL, None and ?; the separator and each column's kind are found from the text.
   */
  public static final CsvFormat DEFAULT =
      new CsvFormat(
          null,
          '"',
          true,
          Set.of("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"),
          Map.of(),
          false,
          StandardCharsets.UTF_8);

  private final Character separator;
  private final char quote;
  private final boolean header;
  private final Set<String> missing;

  /** True for words, false for numbers; by the name of the column. */
  private final Map<String, Boolean> kinds;

  private final boolean othersAreWords;
  private final Charset charset;

  private CsvFormat(
      Character separator,
      char quote,
      boolean header,
      Set<String> missing,
      Map<String, Boolean> kinds,
      boolean othersAreWords,
      Charset charset) {
    if (isLineBreak(quote)
        || (separator != null && (isLineBreak(separator) || separator == quote))) {
      throw new IllegalArgumentException(
          "CsvFormat: separator "
              + (separator == null ? "found from the text" : named(separator))
              + " and quote "
              + named(quote)
              + ", want two different characters that end no line");
    }
    this.separator = separator;
    this.quote = quote;
    this.header = header;
    this.missing = missing;
    this.kinds = kinds;
    this.othersAreWords = othersAreWords;
    this.charset = charset;
  }

  private static boolean isLineBreak(char c) {
    return c == '\n' || c == '\r';
  }

  private static String named(char c) {
    return Quoted.of(Character.toString(c));
  }

  /**
   * What is between two cells; otherwise the one of comma, semicolon, tab and | that is most often
   * in the first line, outside of quotes.
   *
   * @throws IllegalArgumentException if it ends a line, or is the quote
   */
  public CsvFormat separator(char newSeparator) {
    return new CsvFormat(newSeparator, quote, header, missing, kinds, othersAreWords, charset);
  }

  /**
   * What is before and after a cell that has separators, line breaks or quotes; a quote within it
   * is written twice. {@code "} otherwise.
   *
   * @throws IllegalArgumentException if it ends a line, or is the separator
   */
  public CsvFormat quote(char newQuote) {
    return new CsvFormat(separator, newQuote, header, missing, kinds, othersAreWords, charset);
  }

  /** Whether the first line has the columns' names; without them they are x0, x1, ... */
  public CsvFormat header(boolean newHeader) {
    return new CsvFormat(separator, quote, newHeader, missing, kinds, othersAreWords, charset);
  }

  /** The texts that say that a cell has no value, in the place of the default's. */
  public CsvFormat missing(Set<String> texts) {
    return new CsvFormat(
        separator, quote, header, Set.copyOf(texts), kinds, othersAreWords, charset);
  }

  /** Columns that have words, even if all of them could be read as numbers. */
  public CsvFormat words(String... columns) {
    return withKinds(true, columns);
  }

  /** Columns that have numbers: a cell that is none is then an error, and no sign of words. */
  public CsvFormat numbers(String... columns) {
    return withKinds(false, columns);
  }

  private CsvFormat withKinds(boolean words, String... columns) {
    Map<String, Boolean> more = new LinkedHashMap<>(kinds);
    for (String column : columns) {
      more.put(column, words);
    }
    return new CsvFormat(separator, quote, header, missing, more, othersAreWords, charset);
  }

  /**
   * Columns have words unless {@link #numbers} says otherwise: so a file that is read in pieces for
   * some of its columns may have anything in the others.
   */
  public CsvFormat othersAreWords(boolean words) {
    return new CsvFormat(separator, quote, header, missing, kinds, words, charset);
  }

  /** The encoding of a text that does not start with a byte order mark; UTF-8 otherwise. */
  public CsvFormat charset(Charset newCharset) {
    return new CsvFormat(
        separator,
        quote,
        header,
        missing,
        kinds,
        othersAreWords,
        Objects.requireNonNull(newCharset, "charset"));
  }

  /** The separator, or null if it is to be found. */
  Character separator() {
    return separator;
  }

  char quote() {
    return quote;
  }

  boolean header() {
    return header;
  }

  Set<String> missing() {
    return missing;
  }

  Map<String, Boolean> kinds() {
    return kinds;
  }

  boolean othersAreWords() {
    return othersAreWords;
  }

  Charset charset() {
    return charset;
  }
}
