package io.rowwise.backend.cuda.interpreter;

import java.util.Locale;

/** The tokens of a PTX text, one after the other: words, numbers, strings and single symbols. */
final class Tokens {
  enum Kind {
    WORD,
    NUMBER,
    STRING,
    SYMBOL,
    END
  }

  private final String text;
  private int position;
  private int line = 1;

  private Kind kind;
  private String token;
  private int tokenLine;

  Tokens(String text) {
    this.text = text;
    advance();
  }

  Kind kind() {
    return kind;
  }

  int line() {
    return tokenLine;
  }

  boolean at(String wanted) {
    return token.equals(wanted) && kind != Kind.STRING;
  }

  /** Goes past the token if it is the wanted one, and tells whether it was. */
  boolean accept(String wanted) {
    if (!at(wanted)) {
      return false;
    }
    advance();
    return true;
  }

  void expect(String wanted) {
    if (!accept(wanted)) {
      throw error("expected `" + wanted + "`, found " + described());
    }
  }

  String expect(Kind wanted) {
    if (kind != wanted) {
      throw error(
          "expected a " + wanted.name().toLowerCase(Locale.ROOT) + ", found " + described());
    }
    return next();
  }

  /** The token, going past it. */
  String next() {
    String current = token;
    if (kind == Kind.END) {
      throw error("the text ends in the middle of a statement");
    }
    advance();
    return current;
  }

  PtxException error(String problem) {
    return new PtxException(tokenLine, problem);
  }

  private String described() {
    return kind == Kind.END ? "the end of the text" : "`" + token + "`";
  }

  private void advance() {
    skipBlanks();
    tokenLine = line;
    int start = position;
    if (position == text.length()) {
      kind = Kind.END;
      token = "";
      return;
    }
    char c = text.charAt(position);
    if (Character.isDigit(c)) {
      kind = Kind.NUMBER;
      position++;
      while (position < text.length() && isPartOfNumber()) {
        position++;
      }
    } else if (isPartOfWord(c)) {
      kind = Kind.WORD;
      position++;
      while (position < text.length() && (isPartOfWord(text.charAt(position)) || scoped())) {
        position += scoped() ? 2 : 1;
      }
    } else if (c == '"') {
      kind = Kind.STRING;
      int end = text.indexOf('"', position + 1);
      if (end < 0) {
        throw error("a string that does not end");
      }
      position = end + 1;
    } else {
      kind = Kind.SYMBOL;
      position++;
    }
    token = text.substring(start, position);
  }

  /** Whether a {@code ::} follows that joins two words, as in {@code shared::cta}. */
  private boolean scoped() {
    return text.startsWith("::", position);
  }

  private static boolean isPartOfWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c == '%' || c == '.';
  }

  private boolean isPartOfNumber() {
    char c = text.charAt(position);
    char before = text.charAt(position - 1);
    return Character.isLetterOrDigit(c)
        || c == '.'
        || ((c == '-' || c == '+')
            && (before == 'e' || before == 'E')
            && text.charAt(position - 2) != 'x'
            && Character.isDigit(text.charAt(position - 2)));
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
        int end = text.indexOf("*/", position + 2);
        if (end < 0) {
          throw new PtxException(line, "a comment that does not end");
        }
        line += (int) text.substring(position, end).chars().filter(x -> x == '\n').count();
        position = end + 2;
      } else {
        return;
      }
    }
  }
}
