package io.rowwise.reference;

import io.rowwise.dataset.Npy;
import io.rowwise.dataset.NpyArray;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Files of the folder {@code reference}, which its {@code make_reference.py} made. */
public final class Reference {
  private Reference() {}

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

  private static InputStream open(String name) throws IOException {
    InputStream in = Reference.class.getResourceAsStream("/reference/" + name);
    if (in == null) {
      throw new FileNotFoundException("no reference file " + name);
    }
    return in;
  }
}
