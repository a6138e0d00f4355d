package io.rowwise.dataset;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Bytes for readers of files. */
final class BytesInMemory implements ByteSource {
  private final byte[] bytes;

  BytesInMemory(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public InputStream open() {
    return new ByteArrayInputStream(bytes);
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public String name() {
    return "bytes";
  }

  /** All pieces, of which each but the last is of so many rows at most. */
  static List<Table> pieces(TableReader reader, int mostRows) throws IOException {
    List<Table> pieces = new ArrayList<>();
    for (Table piece = reader.read(mostRows); piece.rows() > 0; piece = reader.read(mostRows)) {
      pieces.add(piece);
    }
    return pieces;
  }
}
