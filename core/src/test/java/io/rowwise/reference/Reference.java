package io.rowwise.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rowwise.dataset.Npy;
import io.rowwise.dataset.NpyArray;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Files of the folder {@code reference}, which its {@code make_reference.py} made. */
public final class Reference {
  private Reference() {}

  /** The table of this name, such as {@code notebook.json}. */
  public static JsonNode json(String name) {
    try (InputStream in = open(name)) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The array of this name, such as {@code notebook_42_X.npy}. */
  public static NpyArray npy(String name) {
    try (InputStream in = open(name)) {
      return Npy.read(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bytes of this file. */
  public static byte[] bytes(String name) {
    try (InputStream in = open(name)) {
      return in.readAllBytes();
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

  private static InputStream open(String name) throws IOException {
    InputStream in = Reference.class.getResourceAsStream("/reference/" + name);
    if (in == null) {
      throw new FileNotFoundException("no reference file " + name);
    }
    return in;
  }
}
