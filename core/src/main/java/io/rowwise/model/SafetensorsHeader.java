package io.rowwise.model;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.rowwise.file.Quoted;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The JSON at the start of a safetensors file: what is called how, and where its numbers lie. */
final class SafetensorsHeader {
  /** In bytes; what the format's own library allows. */
  static final int LARGEST = 100_000_000;

  private static final String METADATA = "__metadata__";

  /** Whose texts are kept; all others are passed over, as there may be any number. */
  private static final String OURS = "rowwise.";

  private static final Set<String> FIELDS = Set.of("dtype", "shape", "data_offsets");

  /** As in NumPy 2. */
  private static final int LARGEST_RANK = 64;

  /**
   * @param begin the first of its bytes, counted from the end of the header
   * @param end the first byte after it
   */
  record Tensor(String name, String dtype, List<Long> shape, long begin, long end) {
    long bytes() {
      return end - begin;
    }
  }

  final Map<String, String> metadata;
  final Map<String, Tensor> tensors;

  SafetensorsHeader(Map<String, String> metadata, Map<String, Tensor> tensors) {
    this.metadata = metadata;
    this.tensors = tensors;
  }

  /** The header, whose tensors take the bytes after it one after another, without holes. */
  static SafetensorsHeader parse(byte[] bytes) throws IOException {
    if (bytes.length == 0 || bytes[0] != '{') {
      throw new ModelFormatException("the header does not start with '{', wanted a JSON object");
    }
    SafetensorsHeader header = new SafetensorsHeader(new LinkedHashMap<>(), new LinkedHashMap<>());
    try (JsonParser parser = ModelJson.parser(bytes)) {
      header.read(parser);
    } catch (CharacterCodingException e) {
      throw new ModelFormatException("the header is not UTF-8", e);
    } catch (JsonProcessingException e) {
      throw new ModelFormatException(
          "the header is not the JSON of a safetensors file: " + Quoted.of(e.getOriginalMessage()),
          e);
    }
    header.requireNoHoles();
    return header;
  }

  /** How many bytes the tensors take. */
  long dataBytes() {
    return tensors.values().stream().mapToLong(Tensor::end).max().orElse(0);
  }

  private void read(JsonParser parser) throws IOException {
    require(parser.nextToken() == JsonToken.START_OBJECT, "the header", "an object");
    boolean metadataSeen = false;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      if (name.equals(METADATA)) {
        require(!metadataSeen, "a second " + METADATA, "one");
        metadataSeen = true;
        readMetadata(parser);
      } else if (tensors.put(name, tensor(name, parser)) != null) {
        throw new ModelFormatException("there are two tensors " + Quoted.of(name));
      }
    }
    require(parser.nextToken() == null, "the header", "nothing but spaces after its object");
  }

  /** The library that writes these files takes null for no texts. */
  private void readMetadata(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    require(parser.currentToken() == JsonToken.START_OBJECT, METADATA, "an object of texts");
    Set<String> names = new HashSet<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      require(parser.nextToken() == JsonToken.VALUE_STRING, METADATA, "an object of texts");
      if (!names.add(name)) {
        throw new ModelFormatException(METADATA + " has two texts " + Quoted.of(name));
      }
      if (name.startsWith(OURS)) {
        metadata.put(name, parser.getText());
      }
    }
  }

  private static Tensor tensor(String name, JsonParser parser) throws IOException {
    String what = "tensor " + Quoted.of(name);
    String wanted = "an object of dtype, shape and data_offsets";
    require(parser.currentToken() == JsonToken.START_OBJECT, what, wanted);
    String dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      parser.nextToken();
      if (field.equals("dtype") && dtype == null) {
        require(parser.currentToken() == JsonToken.VALUE_STRING, what + ": dtype", "a text");
        dtype = parser.getText();
      } else if (field.equals("shape") && shape == null) {
        shape = numbers(parser, what + ": shape", LARGEST_RANK);
      } else if (field.equals("data_offsets") && offsets == null) {
        offsets = numbers(parser, what + ": data_offsets", 2);
      } else if (FIELDS.contains(field)) {
        throw new ModelFormatException(
            String.format(
                Locale.ROOT,
                "%s has another %s, wanted dtype, shape and data_offsets once each",
                what,
                Quoted.of(field)));
      } else {
        // Of a newer version, or somebody's own.
        parser.skipChildren();
      }
    }
    require(dtype != null && shape != null && offsets != null, what, wanted);
    require(offsets.size() == 2, what + ": data_offsets", "two of them");
    if (offsets.get(0) > offsets.get(1)) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%s ends at byte %d, before it begins at byte %d",
              what,
              offsets.get(1),
              offsets.get(0)));
    }
    return new Tensor(name, dtype, List.copyOf(shape), offsets.get(0), offsets.get(1));
  }

  private static List<Long> numbers(JsonParser parser, String what, int most) throws IOException {
    require(parser.currentToken() == JsonToken.START_ARRAY, what, "an array");
    List<Long> numbers = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      require(
          parser.currentToken() == JsonToken.VALUE_NUMBER_INT && numbers.size() < most,
          what,
          "at most " + most + " whole numbers");
      long number = parser.getLongValue();
      require(number >= 0, what, "no negative numbers");
      numbers.add(number);
    }
    return numbers;
  }

  private static void require(boolean good, String what, String wanted)
      throws ModelFormatException {
    if (!good) {
      throw new ModelFormatException(what + " is not as it should be, wanted " + wanted);
    }
  }

  private void requireNoHoles() throws ModelFormatException {
    List<Tensor> inOrder = new ArrayList<>(tensors.values());
    inOrder.sort(Comparator.comparingLong(Tensor::begin).thenComparingLong(Tensor::end));
    long end = 0;
    for (Tensor tensor : inOrder) {
      if (tensor.begin != end) {
        throw new ModelFormatException(
            String.format(
                Locale.ROOT,
                "tensor %s begins at byte %d of the data, wanted %d, where the one before it ends",
                Quoted.of(tensor.name),
                tensor.begin,
                end));
      }
      end = tensor.end;
    }
  }

  /** The JSON, filled up with spaces so that the data after it lie at a multiple of 8 bytes. */
  byte[] format() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = ModelJson.FACTORY.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeObjectFieldStart(METADATA);
      for (Map.Entry<String, String> text : metadata.entrySet()) {
        json.writeStringField(text.getKey(), text.getValue());
      }
      json.writeEndObject();
      for (Tensor tensor : tensors.values()) {
        json.writeObjectFieldStart(tensor.name);
        json.writeStringField("dtype", tensor.dtype);
        long[] shape = tensor.shape.stream().mapToLong(Long::longValue).toArray();
        json.writeFieldName("shape");
        json.writeArray(shape, 0, shape.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {tensor.begin, tensor.end}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    while (bytes.size() % Long.BYTES != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }
}
