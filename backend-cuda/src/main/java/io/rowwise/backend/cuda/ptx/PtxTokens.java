package io.rowwise.backend.cuda.ptx;

import java.util.Locale;

/**
 * The tokens of a PTX text, one after the other. Comments are no tokens.
 *
 * <p>Public for the interpreter of the tests, which reads the same texts to their last instruction;
 * programs do not use it.
 */
public final class PtxTokens {
  /** What a token is. */
  public enum Kind {
    /** A name, a directive such as {@code .param}, or an instruction with its modifiers. */
    WORD,
    /** What begins with a digit: {@code 64}, {@code 7.0}, {@code 0x1F}, {@code 1.5e-3}. */
    NUMBER,
    /** With its quotation marks, on one line. */
    STRING,
    /** Any other character. */
    SYMBOL,
    /** Behind the last one. */
    END
  }

  private final String text;
  private int position;
  private int line = 1;

  private Kind kind;
  private String token;
  private int tokenLine;

  /** Starts at the first one. */
  public PtxTokens(String text) {
    this.text = text;
    advance();
  }

  /** What the token is. */
  public Kind kind() {
    return kind;
  }

  /** The token's line, counted from 1. */
  public int line() {
    return tokenLine;
  }

  /** Whether this is behind the last token. */
  public boolean atEnd() {
    return kind == Kind.END;
  }

  /** Whether the token is the wanted one, which is no string. */
  public boolean at(String wanted) {
    return token.equals(wanted);
  }

  /** Whether the token is a directive, such as {@code .param}. */
  public boolean atDirective() {
    return token.startsWith(".");
  }

  /** Goes past the token if it is the wanted one, and tells whether it was. */
  public boolean accept(String wanted) {
    if (!at(wanted)) {
      return false;
    }
    advance();
    return true;
  }

  /** Goes past the token, which must be the wanted one. */
  public void expect(String wanted) {
    if (!accept(wanted)) {
      throw error("wanted `" + wanted + "`, found " + shown());
    }
  }

  /** The token, which must be of the wanted kind, going past it. */
  public String expect(Kind wanted) {
    if (kind != wanted) {
      throw error("wanted a " + wanted.name().toLowerCase(Locale.ROOT) + ", found " + shown());
    }
    return next();
  }

  /** The token, going past it. */
  public String next() {
    if (atEnd()) {
      throw error("it ends in the middle of a statement");
    }
    String current = token;
    advance();
    return current;
  }

  /** A name, going past it. */
  public String nextName() {
    if (kind != Kind.WORD || atDirective()) {
      throw error("wanted a name, found " + shown());
    }
    return next();
  }

  /** A number of at most 9 digits, going past it. */
  public int nextNumber() {
    if (kind != Kind.NUMBER
        || token.length() > 9
        || !token.chars().allMatch(c -> isDigit((char) c))) {
      throw error("wanted a number of at most 9 digits, found " + shown());
    }
    return Integer.parseInt(next());
  }

  /** Goes past everything up to the brace that closes the one before this token. */
  public void skipBody() {
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

  /** A problem with the token. */
  public PtxException error(String problem) {
    return new PtxException(tokenLine, problem);
  }

  /** The token for a message, shortened. */
  public String shown() {
    if (atEnd()) {
      return "the end of the text";
    }
    return "`" + (token.length() > 40 ? token.substring(0, 40) + "..." : token) + "`";
  }

  private void advance() {
    skipBlanks();
    tokenLine = line;
    int start = position;
    if (position == text.length()) {
      kind = Kind.END;
    } else if (isDigit(text.charAt(position))) {
      kind = Kind.NUMBER;
      skipNumber();
    } else if (isPartOfWord(text.charAt(position))) {
      kind = Kind.WORD;
      skipWord();
    } else if (text.charAt(position) == '"') {
      kind = Kind.STRING;
      skipString();
    } else {
      kind = Kind.SYMBOL;
      position++;
    }
    token = text.substring(start, position);
  }

  private void skipNumber() {
    // In front of an exponent there are digits only; in hexadecimal an `e` is a digit itself.
    boolean decimal = true;
    for (; position < text.length(); position++) {
      char c = text.charAt(position);
      if (isPartOfWord(c)) {
        decimal &= isDigit(c) || c == '.' || c == 'e' || c == 'E';
      } else if (!(decimal && isSign(c) && isExponent(text.charAt(position - 1)))) {
        return;
      }
    }
  }

  private void skipWord() {
    while (position < text.length()) {
      if (text.startsWith("::", position)) {
        // It joins two words, as in `shared::cta`.
        position += 2;
      } else if (isPartOfWord(text.charAt(position))) {
        position++;
      } else {
        return;
      }
    }
  }

  private void skipString() {
    int end = text.indexOf('"', position + 1);
    int lineEnd = text.indexOf('\n', position);
    if (end < 0 || (lineEnd >= 0 && lineEnd < end)) {
      throw error("a string that does not end");
    }
    position = end + 1;
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
      throw new PtxException(line, "a comment that does not end");
    }
    for (; position < end + 2; position++) {
      if (text.charAt(position) == '\n') {
        line++;
      }
    }
  }

  private static boolean isSign(char c) {
    return c == '-' || c == '+';
  }

  private static boolean isExponent(char c) {
    return c == 'e' || c == 'E';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** PTX is ASCII. */
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
