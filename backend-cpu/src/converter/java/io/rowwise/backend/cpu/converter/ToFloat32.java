package io.rowwise.backend.cpu.converter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Makes the {@code float} form of a Java file that computes in {@code double}, so that both types
 * have one text. Maven runs it before it compiles.
 *
 * <ul>
 *   <li>{@code double} becomes {@code float}, and so does the name of its class and of whatever has
 *       one of them in its name; in the signatures of public methods only arrays do, since callers
 *       pass numbers of both types as {@code double};
 *   <li>{@code /* wide *}{@code /} keeps the {@code double} or {@code Double} after it;
 *   <li>{@code /* narrow *}{@code /} becomes a cast to {@code float}.
 * </ul>
 */
final class ToFloat32 {
  private static final Pattern PUBLIC_SIGNATURE =
      Pattern.compile("^ +public [^;{=]*\\{", Pattern.MULTILINE);
  private static final Pattern NUMBER = Pattern.compile("\\bdouble\\b(?! *\\[)");
  private static final String KEPT = "WIDE";
  private static final String KEPT_CLASS = "WideClass";

  private ToFloat32() {}

  /**
   * Converts files.
   *
   * @param arguments the directory of sources, that of results, and the files, below the first
   */
  public static void main(String[] arguments) throws IOException {
    List<String> files = List.of(arguments).subList(2, arguments.length);
    for (String file : files) {
      Path from = Path.of(arguments[0], file);
      Path to = Path.of(arguments[1], file.replace("64", "32"));
      Files.createDirectories(to.getParent());
      String text = convert(Files.readString(from));
      // A file that stays as it is need not be compiled again.
      if (!Files.exists(to) || !Files.readString(to).equals(text)) {
        Files.writeString(to, text);
      }
    }
  }

  /** The {@code float} form of a text. */
  static String convert(String text) {
    String kept = text.replace("/* wide */ double", KEPT).replace("/* wide */ Double", KEPT_CLASS);
    return PUBLIC_SIGNATURE
        .matcher(kept)
        .replaceAll(ToFloat32::keepNumbers)
        .replaceAll("\\bdouble\\b", "float")
        .replace("doubles(", "floats(")
        .replaceAll("\\bDouble\\b", "Float")
        .replaceAll("(?<=\\w)64", "32")
        .replace("/* narrow */", "(float)")
        .replace(KEPT, "double")
        .replace(KEPT_CLASS, "Double");
  }

  private static String keepNumbers(MatchResult signature) {
    return NUMBER.matcher(signature.group()).replaceAll(KEPT);
  }
}
