package io.rowwise.backend.cpu.blas.isolated;

import io.rowwise.backend.cpu.blas.CblasProducts;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.LongPredicate;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.openblas.presets.openblas_nolapack.MklSetNumThreadsLocal;
import org.bytedeco.openblas.presets.openblas_nolapack.SetNumThreads;

/**
 * A copy of OpenBLAS that nobody else in the process meets. It and the classes of JavaCPP's names
 * that it calls are defined by a class loader of their own, since native code finds classes by name
 * in the class loader of who loads it.
 */
public final class PrivateOpenBlas extends CblasProducts {
  private static final int LONGEST_TEXT = 256;

  private final boolean isOwn;
  private final String core;
  private final String description;

  /**
   * Loads it.
   *
   * @param library the file of the binding; what that needs lies beside it
   * @param isOwn whether the code at an address is that of the copy: a library that was loaded for
   *     everybody in the process comes before it
   * @param place where it comes from, for {@link #description}
   */
  public PrivateOpenBlas(String library, LongPredicate isOwn, String place) {
    System.load(library);
    this.isOwn = isOwn.test(address("cblas_sgemm"));
    if (this.isOwn && call("openblas_get_num_threads") != 1) {
      Pointer function = function("openblas_set_num_threads");
      SetNumThreads setter = new SetNumThreads();
      setter.moveTo(function.address());
      setter.call(1);
      Pointer.free(function);
    }
    String configuration = text("openblas_get_config");
    this.core = text("openblas_get_corename");
    this.description =
        String.join(
            "",
            version(configuration),
            " with kernels for ",
            core,
            this.isOwn
                ? ", a copy of Rowwise's own with one thread, "
                : ", loaded by another for the whole process, whose threads are its own, not ",
            place);
  }

  private static String version(String configuration) {
    String[] words = configuration.split(" ", 3);
    return words.length < 2 ? configuration : words[1];
  }

  private static long address(String symbol) {
    Pointer found = Loader.addressof(symbol);
    if (found == null) {
      throw new UnsatisfiedLinkError("OpenBLAS has no " + symbol);
    }
    return found.address();
  }

  /** Memory that begins with a function's address, as native code wants to be told. */
  private static Pointer function(String symbol) {
    long bytes = 2L * Long.BYTES;
    Pointer memory = Pointer.calloc(bytes, 1);
    if (memory == null) {
      throw new OutOfMemoryError("no memory for " + bytes + " bytes outside the heap");
    }
    new Pointer(memory.address(), bytes)
        .asDirectBuffer()
        .order(ByteOrder.nativeOrder())
        .putLong(0, address(symbol));
    return memory;
  }

  private static int call(String symbol) {
    Pointer function = function(symbol);
    MklSetNumThreadsLocal getter = new MklSetNumThreadsLocal();
    getter.moveTo(function.address());
    int result = getter.call(0);
    Pointer.free(function);
    return result;
  }

  /**
   * The text at the address that a function returns. We get the lower half of that address; the
   * text is in the library, like the function, so it is the nearest address with that half.
   */
  private static String text(String symbol) {
    int low = call(symbol);
    long function = address(symbol);
    long address = function + (low - (int) function);
    ByteBuffer buffer = new Pointer(address, LONGEST_TEXT).asDirectBuffer();
    int length = 0;
    while (length < LONGEST_TEXT && buffer.get(length) != 0) {
      length++;
    }
    byte[] bytes = new byte[length];
    buffer.get(0, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1).strip();
  }

  @Override
  public long allocate(long bytes) {
    Pointer memory = Pointer.calloc(bytes, 1);
    return memory == null ? 0 : memory.address();
  }

  @Override
  public void free(long address) {
    Pointer.free(new Pointer(address, 0));
  }

  @Override
  public boolean usesAvx512() {
    return core.equals("SkylakeX") || core.equals("Cooperlake") || core.equals("SapphireRapids");
  }

  // It has one thread from the start, and nobody else can change that.

  @Override
  public void open() {}

  @Override
  public void close() {}

  @Override
  public void keepOneThread() {}

  @Override
  public String description() {
    return description;
  }
}
