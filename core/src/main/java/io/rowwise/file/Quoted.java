package io.rowwise.file;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** Text from outside in the message of an error: one line, and not longer than a line. */
public final class Quoted {
  private static final int MOST_CHARACTERS = 80;
  private static final int MOST_TEXTS = 20;

  private Quoted() {}

  /** The text in quotes, its first 80 characters, without control characters. */
  public static String of(String text) {
    StringBuilder quoted = new StringBuilder("'");
    text.chars()
        .limit(MOST_CHARACTERS)
        .forEach(
            c -> {
              if (Character.isISOControl(c) || Character.isSurrogate((char) c)) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", c));
              } else {
                quoted.append((char) c);
              }
            });
    return quoted.append(text.length() > MOST_CHARACTERS ? "...'" : "'").toString();
  }

  /** The texts in quotes, the first 20 of them. */
  public static String all(Collection<String> texts) {
    String all = texts.stream().limit(MOST_TEXTS).map(Quoted::of).collect(Collectors.joining(", "));
    int more = texts.size() - MOST_TEXTS;
    return more > 0 ? all + " and " + more + " more" : all;
  }
}
