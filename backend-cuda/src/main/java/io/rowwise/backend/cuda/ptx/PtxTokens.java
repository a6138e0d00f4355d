package io.rowwise.backend.cuda.ptx;

/**
 * The tokens of a PTX text: words, which are names, directives and numbers alike, strings without
 * their content, and single symbols. Comments are no tokens.
 */
final class PtxTokens {
  private static final String END = "";

  private final String text;
  private int position;
  private int line = 1;
  private String token;
  private int tokenLine;

  PtxTokens(String text) {
    this.text = text;
    advance();
  }

  boolean atEnd() {
    return token.equals(END);
  }

  boolean at(String wanted) {
    return token.equals(wanted);
  }

  /** Whether the token is a directive, such as {@code .param}. */
  boolean atDirective() {
    return token.startsWith(".");
  }

  /** Goes past the token if it is the wanted one, and tells whether it was. */
  boolean accept(String wanted) {
    if (!at(wanted)) {
      return false;
    }
    advance();
    return true;
  }

  /** The token, going past it. */
  String next() {
    if (atEnd()) {
      throw error("it ends in the middle of a statement");
    }
    String current = token;
    advance();
    return current;
  }

  /** A name, going past it. */
  String nextName() {
    char first = atEnd() ? ' ' : token.charAt(0);
    if (!isPartOfWord(first) || first == '.' || isDigit(first)) {
      throw error("wanted a name, found " + shown());
    }
    return next();
  }

  /** A number of at most 9 digits, going past it. */
  int nextNumber() {
    if (token.length() > 9 || atEnd() || !token.chars().allMatch(PtxTokens::isDigit)) {
      throw error("wanted a number of at most 9 digits, found " + shown());
    }
    return Integer.parseInt(next());
  }

  /** Goes past everything up to the brace that closes the one before this token. */
  void skipBody() {
    int open = 1;
    while (open > 0) {
      switch (next()) {
        case "{" -> open++;
        case "}" -> open--;
        default -> {
          // What a kernel does is the driver's to judge.
        }
      }
    }
  }

  PtxException error(String problem) {
    return new PtxException(tokenLine, problem);
  }

  /** The token for a message, shortened. */
  String shown() {
    if (atEnd()) {
      return "the end of the text";
    }
    return "`" + (token.length() > 40 ? token.substring(0, 40) + "..." : token) + "`";
  }

  private void advance() {
    skipBlanks();
    tokenLine = line;
    if (position == text.length()) {
      token = END;
      return;
    }
    int start = position;
    char c = text.charAt(position++);
    if (isPartOfWord(c)) {
      while (position < text.length() && isPartOfWord(text.charAt(position))) {
        position++;
      }
      token = text.substring(start, position);
    } else if (c == '"') {
      int end = text.indexOf('"', position);
      int lineEnd = text.indexOf('\n', position);
      if (end < 0 || (lineEnd >= 0 && lineEnd < end)) {
        throw error("a string that does not end");
      }
      position = end + 1;
      token = "\"";
    } else {
      token = String.valueOf(c);
    }
  }

  private void skipBlanks() {
    while (position < text.length()) {
      char c = text.charAt(position);
      if (c == '\n') {
        line++;
        position++;
      } else if (Character.isWhitespace(c)) {
        position++;
      } else if (text.startsWith("//", position)) {
        int end = text.indexOf('\n', position);
        position = end < 0 ? text.length() : end;
      } else if (text.startsWith("/*", position)) {
        skipLongComment();
      } else {
        return;
      }
    }
  }

  private void skipLongComment() {
    int end = text.indexOf("*/", position + 2);
    if (end < 0) {
      tokenLine = line;
      throw error("a comment that does not end");
    }
    for (; position < end + 2; position++) {
      if (text.charAt(position) == '\n') {
        line++;
      }
    }
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isPartOfWord(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || isDigit(c)
        || c == '_'
        || c == '$'
        || c == '%'
        || c == '.';
  }
}
