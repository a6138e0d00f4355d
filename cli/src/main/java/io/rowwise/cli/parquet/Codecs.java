package io.rowwise.cli.parquet;

import io.airlift.compress.Decompressor;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.airlift.compress.snappy.SnappyDecompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * How pages are unpacked: in Java, without the native libraries that Parquet would take. What
 * nobody writes any more, or nearly nobody (LZO, Brotli, LZ4 as Hadoop frames it), is refused.
 */
final class Codecs implements CompressionCodecFactory {
  /** Unpacks all of an array. */
  private interface Unpacking {
    byte[] unpack(byte[] packed, int size) throws IOException;
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    throw new UnsupportedOperationException("files are read only");
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    return new Pages(
        switch (codec) {
          case UNCOMPRESSED -> (packed, size) -> packed;
          case SNAPPY -> with(new SnappyDecompressor());
          case ZSTD -> with(new ZstdDecompressor());
          case LZ4_RAW -> with(new Lz4Decompressor());
          case GZIP -> Codecs::gunzip;
          default ->
              throw new IllegalArgumentException(
                  "it is compressed by "
                      + codec
                      + ", wanted none, SNAPPY, ZSTD, LZ4_RAW or GZIP; write it anew");
        });
  }

  private static Unpacking with(Decompressor decompressor) {
    return (packed, size) -> {
      byte[] unpacked = new byte[size];
      int count = decompressor.decompress(packed, 0, packed.length, unpacked, 0, size);
      return requireSize(unpacked, count);
    };
  }

  private static byte[] gunzip(byte[] packed, int size) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      byte[] unpacked = new byte[size];
      return requireSize(unpacked, in.readNBytes(unpacked, 0, size));
    }
  }

  private static byte[] requireSize(byte[] unpacked, int count) throws IOException {
    if (count != unpacked.length) {
      throw new IOException(
          String.format(
              Locale.ROOT, "a page unpacks to %d bytes, wanted %d", count, unpacked.length));
    }
    return unpacked;
  }

  @Override
  public void release() {}

  private static final class Pages implements BytesInputDecompressor {
    private final Unpacking unpacking;

    Pages(Unpacking unpacking) {
      this.unpacking = unpacking;
    }

    @Override
    public BytesInput decompress(BytesInput bytes, int decompressedSize) throws IOException {
      int size = Math.toIntExact(bytes.size());
      byte[] packed = bytes.toInputStream().readNBytes(size);
      return BytesInput.from(unpacking.unpack(packed, decompressedSize));
    }

    @Override
    public void decompress(
        ByteBuffer input, int compressedSize, ByteBuffer output, int decompressedSize)
        throws IOException {
      byte[] packed = new byte[compressedSize];
      input.get(packed);
      output.put(unpacking.unpack(packed, decompressedSize));
    }

    @Override
    public void release() {}
  }
}
