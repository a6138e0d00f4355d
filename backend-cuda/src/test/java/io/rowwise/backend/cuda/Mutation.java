package io.rowwise.backend.cuda;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A way to break an instruction of PTX, as it stands in a line of its own. */
enum Mutation {
  /** Threads no longer wait for each other. */
  NO_BARRIER("\\bbar\\.sync\\b.*", ""),
  /** A bound that holds where it should not. */
  BELOW("\\bsetp\\.ge\\.([us]\\d+)\\b", "setp.lt.$1"),
  NOT_BELOW("\\bsetp\\.lt\\.([us]\\d+)\\b", "setp.ge.$1"),
  UNEQUAL("\\bsetp\\.eq\\.([us]\\d+)\\b", "setp.ne.$1"),
  /** A shuffle that gets its own value back. */
  SAME_LANE(
      "\\b(shfl\\.sync\\.bfly\\.b32 .*), (%r\\d+|\\d+), (%r\\d+), (%r\\d+);", "$1, 0, $3, $4;"),
  /** A shuffle whose lane 31 is not meant. */
  MASK("\\b(shfl\\.sync\\.bfly\\.b32 .*), (%r\\d+|-1);", "$1, 0x7fffffff;"),
  /** A branch that all threads take. */
  ALWAYS("^\\s*@!?%p\\d+\\s+(bra\\b.*)", "$1"),
  /** A branch that no thread takes. */
  NEVER("^\\s*@!?%p\\d+\\s+bra\\b.*", ""),
  SMALLER("\\bsetp\\.gt\\.(f\\d+)\\b", "setp.lt.$1"),
  SUBTRACT("\\badd\\.((?:rn\\.)?f\\d+)\\b", "sub.$1"),
  ADD("\\bsub\\.(f\\d+)\\b", "add.$1"),
  /** A load or a store one element further on. */
  NEXT_ELEMENT(
      "\\b((?:ld|st)\\.(?:global|shared)\\.(?:v\\d\\.)?[fu](\\d+)\\b.*\\[[^\\]]*)\\]", null),
  NO_STORE("\\bst\\.(global|shared)\\b.*", ""),
  /** A copy that nobody asks for, or waits for. */
  NO_COPY("\\bcp\\.async\\.cg\\b.*", ""),
  NO_WAIT("\\bcp\\.async\\.wait_all\\b.*", "");

  private final Pattern pattern;
  private final String replacement;

  Mutation(String pattern, String replacement) {
    this.pattern = Pattern.compile(pattern);
    this.replacement = replacement;
  }

  /** Whether there is something to break in a line. */
  boolean fits(String line) {
    return pattern.matcher(line).find();
  }

  /** The broken line. */
  String apply(String line) {
    Matcher found = pattern.matcher(line);
    if (replacement != null) {
      return found.replaceFirst(replacement);
    }
    return found.replaceFirst(
        match -> {
          int bytes = Integer.parseInt(match.group(2)) / Byte.SIZE;
          Matcher offset = Pattern.compile("\\+(-?\\d+)$").matcher(match.group(1));
          if (!offset.find()) {
            return match.group(1) + "+" + bytes + "]";
          }
          int moved = Integer.parseInt(offset.group(1)) + bytes;
          return Matcher.quoteReplacement(offset.replaceFirst("") + "+" + moved + "]");
        });
  }
}
