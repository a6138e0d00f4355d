package io.rowwise.dataset;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.rowwise.file.Quoted;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A {@link TableEncoding} as JSON:
 *
 * <pre>{@code
 * {"missing_values": "mean", "unknown_words": "zeros", "columns": [
 *   {"name": "petal width", "missing": 1.2},
 *   {"name": "colour", "words": ["blue", "red"]}]}
 * }</pre>
 *
 * <p>{@code missing} is what stands for a missing number; without it that is an error.
 */
final class TableEncodingJson {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          // Both keep names for the life of the process, and these come from outside.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();

  private TableEncodingJson() {}

  static String write(List<ColumnEncoding> columns, MissingValues missing, UnknownWords unknown) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("missing_values", name(missing));
      json.writeStringField("unknown_words", name(unknown));
      json.writeArrayFieldStart("columns");
      for (ColumnEncoding column : columns) {
        json.writeStartObject();
        json.writeStringField("name", column.name());
        if (column instanceof ColumnEncoding.Words words) {
          json.writeArrayFieldStart("words");
          for (String word : words.categories()) {
            json.writeString(word);
          }
          json.writeEndArray();
        } else if (column instanceof ColumnEncoding.Numbers numbers
            && !Double.isNaN(numbers.replacement())) {
          json.writeNumberField("missing", numbers.replacement());
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  static TableEncoding read(String text) {
    try (JsonParser json = FACTORY.createParser(text)) {
      json.nextToken();
      TableEncoding encoding = new Reading(json).encoding();
      if (json.nextToken() != null) {
        throw malformed("there is more after its end");
      }
      return encoding;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "ofJson: not the JSON of a table's encoding: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static IllegalArgumentException malformed(String reason) {
    return new IllegalArgumentException("ofJson: not the JSON of a table's encoding: " + reason);
  }

  /** A column whose encoding has to wait for what comes after it. */
  private record Read(String name, Double missing, List<String> words) {}

  private static final class Reading {
    private final JsonParser json;

    Reading(JsonParser json) {
      this.json = json;
    }

    TableEncoding encoding() throws IOException {
      MissingValues missing = null;
      UnknownWords unknown = null;
      List<Read> columns = null;
      require(JsonToken.START_OBJECT, "an object");
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "missing_values" -> missing = constant(MissingValues.values());
          case "unknown_words" -> unknown = constant(UnknownWords.values());
          case "columns" -> columns = columns();
          default -> throw unknownField(field);
        }
      }
      if (missing == null || unknown == null || columns == null) {
        throw malformed("want missing_values, unknown_words and columns");
      }
      List<ColumnEncoding> encodings = new ArrayList<>();
      for (Read column : columns) {
        encodings.add(encoding(column, missing, unknown));
      }
      return new TableEncoding(encodings, missing, unknown);
    }

    private static ColumnEncoding encoding(
        Read column, MissingValues missing, UnknownWords unknown) {
      if (column.words != null) {
        return new ColumnEncoding.Words(column.name, column.words, missing, unknown);
      }
      if ((column.missing == null) != (missing == MissingValues.ERROR)) {
        throw malformed(
            "column "
                + Quoted.of(column.name)
                + (column.missing == null ? " does not say" : " says")
                + " what stands for a missing number, and missing_values is "
                + name(missing));
      }
      return new ColumnEncoding.Numbers(
          column.name, column.missing == null ? Double.NaN : column.missing);
    }

    private List<Read> columns() throws IOException {
      require(JsonToken.START_ARRAY, "an array of columns");
      List<Read> columns = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        columns.add(column());
      }
      return columns;
    }

    private Read column() throws IOException {
      require(JsonToken.START_OBJECT, "an object for each column");
      String name = null;
      Double missing = null;
      List<String> words = null;
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "name" -> name = string();
          case "missing" -> missing = number();
          case "words" -> words = words();
          default -> throw unknownField(field);
        }
      }
      if (name == null || (missing != null && words != null)) {
        throw malformed("want a name for each column, and either missing or words, not both");
      }
      return new Read(name, missing, words);
    }

    private List<String> words() throws IOException {
      require(JsonToken.START_ARRAY, "an array of words");
      Set<String> words = new LinkedHashSet<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        String word = string();
        if (!words.add(word)) {
          throw malformed("the word " + Quoted.of(word) + " is there twice");
        }
      }
      return List.copyOf(words);
    }

    private <E extends Enum<E>> E constant(E[] values) throws IOException {
      String text = string();
      for (E value : values) {
        if (name(value).equals(text)) {
          return value;
        }
      }
      throw malformed(
          Quoted.of(text)
              + " is none of "
              + ColumnNames.listed(Arrays.stream(values).map(value -> name(value)).toList()));
    }

    private String string() throws IOException {
      require(JsonToken.VALUE_STRING, "a string");
      return json.getText();
    }

    private double number() throws IOException {
      if (!json.currentToken().isNumeric()) {
        throw malformed("found " + json.currentToken() + ", want a number" + place());
      }
      double value = json.getDoubleValue();
      if (!Double.isFinite(value)) {
        throw malformed(json.getText() + " is no finite double" + place());
      }
      return value;
    }

    private void require(JsonToken wanted, String described) {
      if (json.currentToken() != wanted) {
        String found = json.currentToken() == null ? "the end" : json.currentToken().toString();
        throw malformed("found " + found + ", want " + described + place());
      }
    }

    private IllegalArgumentException unknownField(String field) {
      return malformed("the field " + Quoted.of(field) + " is not known here" + place());
    }

    private String place() {
      return ", at character " + json.currentTokenLocation().getCharOffset();
    }
  }
}
