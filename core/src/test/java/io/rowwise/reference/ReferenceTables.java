package io.rowwise.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The reference's tables. Apart from the arrays, since who reads only those needs no Jackson. */
public final class ReferenceTables {
  private ReferenceTables() {}

  /** The table of this name, such as {@code numpy_random.json}. */
  public static JsonNode json(String name) {
    try {
      return new ObjectMapper().readTree(Reference.bytes(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The numbers of a list. */
  public static double[] doubles(JsonNode list) {
    double[] values = new double[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).doubleValue();
    }
    return values;
  }

  /** The whole numbers of a list. */
  public static int[] ints(JsonNode list) {
    int[] values = new int[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).intValue();
    }
    return values;
  }
}
