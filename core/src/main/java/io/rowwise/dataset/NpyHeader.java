package io.rowwise.dataset;

import io.rowwise.array.ArrayLength;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The header of a {@code .npy} file: a Python dictionary with the keys {@code descr}, {@code
 * fortran_order} and {@code shape}, as NumPy's {@code numpy.lib.format} defines it.
 */
final class NpyHeader {
  static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** NumPy refuses longer ones too; those of plain arrays are far shorter. */
  private static final int LARGEST = 10_000;

  /** Where the values begin. */
  final int bytes;

  final NpyElementType elementType;
  final ByteOrder byteOrder;
  final boolean fortranOrder;
  final int[] shape;

  private NpyHeader(
      int bytes,
      NpyElementType elementType,
      ByteOrder byteOrder,
      boolean fortranOrder,
      int[] shape) {
    this.bytes = bytes;
    this.elementType = elementType;
    this.byteOrder = byteOrder;
    this.fortranOrder = fortranOrder;
    this.shape = shape;
  }

  /** Reads what is before the values, from the magic on. */
  static NpyHeader read(InputStream in) throws IOException {
    byte[] start =
        FileBytes.readExactly(
            in, MAGIC.length + 2, "the magic and the version", NpyFormatException::new);
    if (!Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new NpyFormatException(
          "starts with "
              + HexFormat.ofDelimiter(" ").formatHex(start, 0, MAGIC.length)
              + ", want the magic of .npy, "
              + HexFormat.ofDelimiter(" ").formatHex(MAGIC));
    }
    int major = start[MAGIC.length] & 0xFF;
    int minor = start[MAGIC.length + 1] & 0xFF;
    if (major < 1 || major > 3 || minor != 0) {
      throw new NpyFormatException("version " + major + "." + minor + ", want 1.0, 2.0 or 3.0");
    }
    int lengthBytes = major == 1 ? Short.BYTES : Integer.BYTES;
    ByteBuffer length =
        ByteBuffer.wrap(
                FileBytes.readExactly(
                    in, lengthBytes, "the length of the header", NpyFormatException::new))
            .order(ByteOrder.LITTLE_ENDIAN);
    long textBytes =
        major == 1
            ? Short.toUnsignedLong(length.getShort())
            : Integer.toUnsignedLong(length.getInt());
    if (textBytes > LARGEST) {
      throw new NpyFormatException("a header of " + textBytes + " bytes, want at most " + LARGEST);
    }
    byte[] text = FileBytes.readExactly(in, (int) textBytes, "the header", NpyFormatException::new);
    // The dictionary takes up the text but for white space at its end.
    return new Parser(
            new String(text, major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1),
            start.length + lengthBytes + text.length)
        .header();
  }

  /**
   * Checks that there are the values, and no more.
   *
   * @param available how many bytes there are in all, or {@link ByteSource#UNKNOWN}
   */
  void requireSize(long available) throws NpyFormatException {
    BigInteger wanted = BigInteger.valueOf(elementType.bytes());
    for (int dimension : shape) {
      wanted = wanted.multiply(BigInteger.valueOf(dimension));
    }
    if (available != ByteSource.UNKNOWN && !BigInteger.valueOf(available - bytes).equals(wanted)) {
      throw new NpyFormatException(
          (available - bytes)
              + " bytes of data, want "
              + wanted
              + " for "
              + elementType
              + " of shape "
              + Arrays.toString(shape));
    }
  }

  /** The dictionary for little-endian values in C order, as NumPy writes it. */
  static String format(NpyArray array) {
    int[] shape = array.shape();
    String sizes = Arrays.stream(shape).mapToObj(String::valueOf).collect(Collectors.joining(", "));
    // A single byte has no order.
    return "{'descr': '"
        + (array.elementType().bytes() == 1 ? '|' : '<')
        + array.elementType().code()
        + "', 'fortran_order': False, 'shape': ("
        + sizes
        + (shape.length == 1 ? ",), }" : "), }");
  }

  /** Takes exactly the literals that such a dictionary is made of, and nothing else of Python. */
  private static final class Parser {
    private static final String WANTED_TYPES =
        "bool, int8 to int64, uint8 to uint64, float16, float32 or float64";

    private final String text;
    private final int bytes;
    private int position;

    private NpyElementType elementType;
    private ByteOrder byteOrder;
    private Boolean fortranOrder;
    private int[] shape;

    Parser(String text, int bytes) {
      this.text = text;
      this.bytes = bytes;
    }

    NpyHeader header() throws NpyFormatException {
      expect('{');
      while (!accept('}')) {
        entry();
        if (!accept(',')) {
          expect('}');
          break;
        }
      }
      skipSpace();
      if (position < text.length()) {
        throw wanted("nothing after the dictionary");
      }
      if (elementType == null) {
        throw new NpyFormatException("header: no 'descr' in " + text.strip());
      }
      if (fortranOrder == null) {
        throw new NpyFormatException("header: no 'fortran_order' in " + text.strip());
      }
      if (shape == null) {
        throw new NpyFormatException("header: no 'shape' in " + text.strip());
      }
      return new NpyHeader(bytes, elementType, byteOrder, fortranOrder, shape);
    }

    private void entry() throws NpyFormatException {
      String key = string();
      expect(':');
      switch (key) {
        case "descr" -> {
          checkFirst(key, elementType);
          descr();
        }
        case "fortran_order" -> {
          checkFirst(key, fortranOrder);
          fortranOrder = bool();
        }
        case "shape" -> {
          checkFirst(key, shape);
          shape = shape();
        }
        default ->
            throw new NpyFormatException(
                "header: key '" + key + "', want only 'descr', 'fortran_order' and 'shape'");
      }
    }

    private static void checkFirst(String key, Object value) throws NpyFormatException {
      if (value != null) {
        throw new NpyFormatException("header: '" + key + "' is there twice");
      }
    }

    private void descr() throws NpyFormatException {
      if (peek() == '[') {
        throw new NpyFormatException(
            "header: the elements are records, want "
                + WANTED_TYPES
                + "; in NumPy, save one field: array['name']");
      }
      String descr = string();
      byteOrder = descr.isEmpty() ? null : byteOrder(descr.charAt(0));
      if (byteOrder != null) {
        for (NpyElementType type : NpyElementType.values()) {
          if (descr.substring(1).equals(type.code())) {
            elementType = type;
          }
        }
      }
      if (elementType == null) {
        throw new NpyFormatException(
            "header: descr '"
                + descr
                + "', want that of "
                + WANTED_TYPES
                + "; in NumPy, save array.astype(numpy.float64)");
      }
    }

    /** NumPy takes '=' and '|' for the order of the machine that reads. */
    private static ByteOrder byteOrder(char mark) {
      return switch (mark) {
        case '<' -> ByteOrder.LITTLE_ENDIAN;
        case '>' -> ByteOrder.BIG_ENDIAN;
        case '=', '|' -> ByteOrder.nativeOrder();
        default -> null;
      };
    }

    private boolean bool() throws NpyFormatException {
      skipSpace();
      for (String literal : List.of("True", "False")) {
        if (text.startsWith(literal, position)) {
          position += literal.length();
          return literal.equals("True");
        }
      }
      throw wanted("True or False");
    }

    private int[] shape() throws NpyFormatException {
      List<Integer> dimensions = new ArrayList<>();
      boolean comma = true;
      expect('(');
      while (!accept(')')) {
        if (!comma) {
          throw wanted("',' or ')'");
        }
        dimensions.add(dimension());
        comma = accept(',');
      }
      if (dimensions.size() == 1 && !comma) {
        throw new NpyFormatException("header: shape (" + dimensions.get(0) + ") is not a tuple");
      }
      if (dimensions.size() > NpyArray.LARGEST_RANK) {
        throw new NpyFormatException(
            "header: " + dimensions.size() + " dimensions, want at most " + NpyArray.LARGEST_RANK);
      }
      return dimensions.stream().mapToInt(Integer::intValue).toArray();
    }

    private int dimension() throws NpyFormatException {
      if (peek() == '-') {
        throw wanted("a dimension of 0 or more");
      }
      int start = position;
      while (position < text.length() && isDigit(text.charAt(position))) {
        position++;
      }
      String digits = text.substring(start, position);
      if (digits.isEmpty()) {
        throw wanted("a dimension");
      }
      if (digits.length() > 1 && digits.charAt(0) == '0') {
        throw new NpyFormatException("header: dimension " + digits + " starts with 0");
      }
      // Ten digits always fit a long; more are always too many.
      if (digits.length() > 10 || Long.parseLong(digits) > ArrayLength.LARGEST) {
        throw new NpyFormatException(
            "header: dimension "
                + digits
                + " is more than a Java array holds, "
                + ArrayLength.LARGEST);
      }
      if (position < text.length() && text.charAt(position) == 'L') {
        // As Python 2 wrote a long.
        position++;
      }
      return Integer.parseInt(digits);
    }

    private static boolean isDigit(char c) {
      return c >= '0' && c <= '9';
    }

    private String string() throws NpyFormatException {
      char quote = peek();
      if (quote != '\'' && quote != '"') {
        throw wanted("a quoted string");
      }
      int end = text.indexOf(quote, position + 1);
      if (end < 0) {
        throw wanted("the string to end");
      }
      String value = text.substring(position + 1, end);
      if (value.indexOf('\\') >= 0) {
        throw wanted("a string without escapes");
      }
      position = end + 1;
      return value;
    }

    private boolean accept(char wanted) {
      boolean found = peek() == wanted;
      if (found) {
        position++;
      }
      return found;
    }

    private void expect(char wanted) throws NpyFormatException {
      if (!accept(wanted)) {
        throw wanted("'" + wanted + "'");
      }
    }

    /** The next character that is not space, or 0 at the end; no header has a character 0. */
    private char peek() {
      skipSpace();
      return position < text.length() ? text.charAt(position) : 0;
    }

    private void skipSpace() {
      while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
        position++;
      }
    }

    private NpyFormatException wanted(String wanted) {
      String found =
          position < text.length() ? "'" + text.charAt(position) + "'" : "the end of the header";
      return new NpyFormatException(
          "header: " + found + " at character " + position + ", want " + wanted);
    }
  }
}
