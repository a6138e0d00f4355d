package io.rowwise.backend.cuda;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.context.CudaStorage;
import io.rowwise.backend.cuda.context.CudaStream;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Memory and streams that a CUDA backend shares with other libraries of the same process, which
 * compute on the same device: PyTorch's, ONNX Runtime's or one's own, by JCuda, JNI or {@code
 * java.lang.foreign}. Nothing is copied. The backend works in the device's primary context, as the
 * CUDA runtime does.
 *
 * <pre>{@code
 * try (Matrix x = CudaSharing.view(backend, ElementType.FLOAT32, rows, columns, pointer)) {
 *   classifier.predict(x, probabilities);
 *   CudaSharing.onStream(
 *       backend,
 *       access -> theirs(access.stream(), access.reading(probabilities)));
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads.
 */
public final class CudaSharing {
  private CudaSharing() {}

  /**
   * A matrix over memory of the device that somebody else owns: rows that follow one another
   * without gaps. For rows that lie further apart take a view of whole distances and of that {@link
   * Matrix#columns(int, int)}.
   *
   * <p>What was written there before has to be done: by work that the caller has waited for, or
   * that was asked for in {@link #onStream}. The memory has to stay until the matrix is closed,
   * which waits for the backend's work on it and frees nothing. It counts in no limit.
   *
   * @param backend a CUDA backend of the device that has the memory
   * @param pointer the address on the device of the first element
   * @return a matrix that the caller closes, before the memory is given back
   * @throws IllegalArgumentException if it is no CUDA backend, if the shape is none, or if the
   *     device has not so many bytes there
   * @throws IllegalStateException if the backend is closed
   */
  public static Matrix view(
      Backend backend, ElementType type, int rows, int columns, long pointer) {
    Objects.requireNonNull(type, "type");
    CudaBackend cuda = CudaModule.onCuda("view", backend);
    if (rows <= 0 || columns <= 0) {
      // A matrix without elements, or the message that this is no shape.
      return cuda.matrix(type, rows, columns);
    }
    cuda.context().requireOpen("view");
    if (pointer % type.bytes() != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "view: the pointer 0x%x is no multiple of %d, as %s wants it",
              pointer,
              type.bytes(),
              type));
    }
    long bytes = (long) rows * columns * type.bytes();
    long there = pointer == 0 ? 0 : cuda.context().gpu().bytesFrom(pointer);
    if (there < bytes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "view: %s has %d bytes at 0x%x, a matrix %dx%d of %s wants %d; give a pointer to"
                  + " memory of this device",
              backend.device().id(),
              there,
              pointer,
              rows,
              columns,
              type,
              bytes));
    }
    return cuda.view(type, rows, columns, pointer);
  }

  /**
   * Lets another library ask for work on the calling thread's stream: it comes after the work that
   * this thread has asked the backend for, and before what is asked for next. Where other threads
   * work on the same matrices, their work is ordered with it, too. Nobody waits; the work may be
   * done later.
   *
   * @param backend a CUDA backend
   * @param work is called before this returns, with the device's context current; what it throws is
   *     thrown
   * @throws IllegalArgumentException if it is no CUDA backend
   * @throws IllegalStateException if the backend is closed
   */
  public static void onStream(Backend backend, Consumer<Access> work) {
    Objects.requireNonNull(work, "work");
    CudaBackend cuda = CudaModule.onCuda("onStream", backend);
    cuda.context().requireOpen("onStream");
    CudaStream stream = cuda.context().stream();
    stream.share(
        handle -> {
          Access access = new Access(cuda, stream, handle);
          try {
            work.accept(access);
          } finally {
            access.isOver = true;
          }
        });
  }

  /**
   * A stream and pointers, for work that is asked for in {@link #onStream}. Used by its thread, and
   * not after the call.
   */
  public static final class Access {
    private final CudaBackend backend;
    private final CudaStream stream;
    private final long handle;
    private boolean isOver;

    private Access(CudaBackend backend, CudaStream stream, long handle) {
      this.backend = backend;
      this.stream = stream;
      this.handle = handle;
    }

    /**
     * The stream, as CUDA's {@code CUstream} and {@code cudaStream_t}. It stays the backend's: not
     * to be destroyed, nor recorded on.
     */
    public long stream() {
      requireNotOver();
      return handle;
    }

    /**
     * Where element (0, 0) of a matrix is on the device; rows lie {@link Matrix#leadingDimension}
     * elements apart. The work may read it.
     *
     * @throws IllegalArgumentException if the matrix belongs to another backend
     * @throws IllegalStateException if the matrix is closed
     */
    public long reading(Matrix matrix) {
      requireUsable(matrix);
      stream.reading(matrix);
      return CudaStorage.address(matrix);
    }

    /** As {@link #reading}; the work may write to it, too. */
    public long writing(Matrix matrix) {
      requireUsable(matrix);
      stream.writing(matrix);
      return CudaStorage.address(matrix);
    }

    private void requireUsable(Matrix matrix) {
      requireNotOver();
      Arguments.requireUsable("onStream", backend, "matrix", matrix);
    }

    private void requireNotOver() {
      if (isOver) {
        throw new IllegalStateException(
            "onStream: the call is over in which this was given; ask again in another");
      }
    }
  }
}
