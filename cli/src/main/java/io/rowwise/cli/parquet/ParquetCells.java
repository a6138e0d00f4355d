package io.rowwise.cli.parquet;

import io.rowwise.dataset.Column;
import io.rowwise.dataset.NumberColumn;
import io.rowwise.dataset.WordColumn;
import io.rowwise.file.Quoted;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveStringifier;
import org.apache.parquet.schema.PrimitiveType;

/** The cells of one column while they are read. Used by one thread at a time. */
abstract class ParquetCells {
  private final String name;
  private ColumnReader reader;

  private ParquetCells(String name) {
    this.name = name;
  }

  /**
   * Those of a column, by its type.
   *
   * @throws IOException if it is of bytes that are no text
   */
  static ParquetCells of(PrimitiveType type) throws IOException {
    ToDoubleFunction<ColumnReader> number = number(type);
    if (number != null) {
      return new Numbers(type.getName(), number);
    }
    Function<ColumnReader, String> text = text(type);
    if (text != null) {
      return new Words(type.getName(), text);
    }
    throw new IOException(
        "column "
            + Quoted.of(type.getName())
            + " is "
            + type.getPrimitiveTypeName()
            + " and says not what its bytes are, wanted numbers or text; take it out");
  }

  /** How a value becomes a number; null if it is none. */
  private static ToDoubleFunction<ColumnReader> number(PrimitiveType type) {
    LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
    if (logical instanceof LogicalTypeAnnotation.DecimalLogicalTypeAnnotation decimal) {
      return decimal(type, decimal.getScale());
    }
    if (logical instanceof LogicalTypeAnnotation.Float16LogicalTypeAnnotation) {
      PrimitiveStringifier printed = type.stringifier();
      return reader -> Float.parseFloat(printed.stringify(reader.getBinary()));
    }
    boolean isNothing = logical instanceof LogicalTypeAnnotation.UnknownLogicalTypeAnnotation;
    boolean isUnsigned =
        logical instanceof LogicalTypeAnnotation.IntLogicalTypeAnnotation whole
            && !whole.isSigned();
    boolean isWhole = logical instanceof LogicalTypeAnnotation.IntLogicalTypeAnnotation;
    if (logical != null && !isWhole && !isNothing) {
      return null;
    }
    return switch (type.getPrimitiveTypeName()) {
      case DOUBLE -> ColumnReader::getDouble;
      case FLOAT -> ColumnReader::getFloat;
      case INT32 ->
          isUnsigned
              ? reader -> Integer.toUnsignedLong(reader.getInteger())
              : ColumnReader::getInteger;
      case INT64 ->
          isUnsigned
              ? reader -> new BigInteger(Long.toUnsignedString(reader.getLong())).doubleValue()
              : reader -> (double) reader.getLong();
      default -> null;
    };
  }

  private static ToDoubleFunction<ColumnReader> decimal(PrimitiveType type, int scale) {
    return switch (type.getPrimitiveTypeName()) {
      case INT32 -> reader -> BigDecimal.valueOf(reader.getInteger(), scale).doubleValue();
      case INT64 -> reader -> BigDecimal.valueOf(reader.getLong(), scale).doubleValue();
      default ->
          reader ->
              new BigDecimal(new BigInteger(reader.getBinary().getBytes()), scale).doubleValue();
    };
  }

  /** How a value becomes a text; null if it has none. */
  private static Function<ColumnReader, String> text(PrimitiveType type) {
    PrimitiveStringifier printed = type.stringifier();
    boolean isPlain = type.getLogicalTypeAnnotation() == null;
    return switch (type.getPrimitiveTypeName()) {
      case BOOLEAN -> reader -> Boolean.toString(reader.getBoolean());
      case INT32 -> reader -> printed.stringify(reader.getInteger());
      case INT64 -> reader -> printed.stringify(reader.getLong());
      case BINARY, FIXED_LEN_BYTE_ARRAY ->
          isPlain ? null : reader -> printed.stringify(reader.getBinary());
      default -> null;
    };
  }

  String name() {
    return name;
  }

  /** The cells come from another group of rows now. */
  void from(ColumnReader next) {
    reader = next;
  }

  /** Reads the next cells of a group, as many as it has at most. */
  void read(int count) {
    int present = reader.getDescriptor().getMaxDefinitionLevel();
    for (int i = 0; i < count; i++) {
      if (reader.getCurrentDefinitionLevel() == present) {
        add(reader);
      } else {
        addMissing();
      }
      reader.consume();
    }
  }

  /** So many cells will be a column. */
  abstract void begin(int count);

  abstract void add(ColumnReader at);

  abstract void addMissing();

  /** The cells since {@link #begin}. */
  abstract Column column();

  private static final class Numbers extends ParquetCells {
    private final ToDoubleFunction<ColumnReader> number;
    private double[] values;
    private int filled;

    Numbers(String name, ToDoubleFunction<ColumnReader> number) {
      super(name);
      this.number = number;
    }

    @Override
    void begin(int count) {
      values = new double[count];
      filled = 0;
    }

    @Override
    void add(ColumnReader at) {
      values[filled] = number.applyAsDouble(at);
      filled++;
    }

    @Override
    void addMissing() {
      values[filled] = Double.NaN;
      filled++;
    }

    @Override
    Column column() {
      return NumberColumn.of(name(), values);
    }
  }

  private static final class Words extends ParquetCells {
    private final Function<ColumnReader, String> text;
    private List<String> words;

    Words(String name, Function<ColumnReader, String> text) {
      super(name);
      this.text = text;
    }

    @Override
    void begin(int count) {
      words = new ArrayList<>(count);
    }

    @Override
    void add(ColumnReader at) {
      words.add(text.apply(at));
    }

    @Override
    void addMissing() {
      words.add(null);
    }

    @Override
    Column column() {
      return WordColumn.of(name(), words);
    }
  }
}
