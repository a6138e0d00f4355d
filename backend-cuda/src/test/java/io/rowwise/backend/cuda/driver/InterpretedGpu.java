package io.rowwise.backend.cuda.driver;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.interpreter.DeviceMemory;
import io.rowwise.backend.cuda.interpreter.Interpreter;
import io.rowwise.backend.cuda.interpreter.LaunchReport;
import io.rowwise.backend.cuda.interpreter.LaunchShape;
import io.rowwise.backend.cuda.interpreter.PtxModule;
import io.rowwise.backend.cuda.kernel.CudaKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A device without a GPU: runs the shipped PTX in the interpreter, and cuBLAS's one product in
 * Java; binaries it refuses. Streams do their work as late as they may. It counts what it is asked
 * for, and what is not given back.
 */
public final class InterpretedGpu implements Gpu {
  private static final Pattern TARGET = Pattern.compile("\\.target sm_(\\d+)");
  private static final long MEMORY_BYTES = 1L << 30;

  /** A row that is too long for registers may be there beside another, alone, or not at all. */
  public static final int SHARED_BYTES = 132 << 10;

  private record Loaded(PtxModule module, String kernel) {}

  /** A launch that was done. */
  public record Run(String kernel, LaunchSize size, ByteBuffer arguments, LaunchReport report) {}

  private final DeviceMemory memory = new DeviceMemory(MEMORY_BYTES);
  private final Interpreter interpreter;
  private final int computeCapability;
  private final int sharedBytes;

  /** Makes a module of PTX. */
  private final Function<String, PtxModule> loader;

  private final Map<Long, PtxModule> modules = new HashMap<>();
  private final Map<Long, Loaded> kernels = new HashMap<>();
  private final Map<Long, InterpretedStream> streams = new HashMap<>();
  private final Map<Long, List<Runnable>> recordings = new HashMap<>();

  /** Does what was asked for with a pinned buffer. */
  private final IdentityHashMap<ByteBuffer, Runnable> copying = new IdentityHashMap<>();

  private final List<Run> runs = new ArrayList<>();
  private final Set<Long> taken = new HashSet<>();
  private long handles;
  private int pinned;
  private long launches;
  private long products;
  private long synchronizations;
  private long waits;
  private long replays;
  private boolean closed;

  public InterpretedGpu() {
    this(CudaKernel.AMPERE);
  }

  /**
   * A device of that age.
   *
   * @param computeCapability {@code 10 * major + minor}
   */
  public InterpretedGpu(int computeCapability) {
    // Kept when a backend is closed and another one opened on this device: parsing takes long.
    this(computeCapability, new HashMap<>());
  }

  /**
   * A device like others that share what they parsed.
   *
   * @param parsed the modules that there are by their PTX; gets those that are new
   */
  public InterpretedGpu(Map<String, PtxModule> parsed) {
    this(CudaKernel.AMPERE, parsed);
  }

  private InterpretedGpu(int computeCapability, Map<String, PtxModule> parsed) {
    this.computeCapability = computeCapability;
    this.interpreter = new Interpreter(memory);
    this.sharedBytes = SHARED_BYTES;
    this.loader = ptx -> parsed.computeIfAbsent(ptx, PtxModule::parse);
  }

  /**
   * A device that may make something else of what it is given.
   *
   * @param sharedBytes the most that a block may have
   * @param instructionLimit how many instructions a launch may take
   * @param loader what the device runs for the PTX that it is given
   */
  public InterpretedGpu(
      int sharedBytes, long instructionLimit, Function<String, PtxModule> loader) {
    this.computeCapability = CudaKernel.AMPERE;
    this.interpreter = new Interpreter(memory, instructionLimit);
    this.sharedBytes = sharedBytes;
    this.loader = loader;
  }

  /** The launches so far, in the order in which they were done. */
  public synchronized List<Run> runs() {
    finish();
    return List.copyOf(runs);
  }

  /** The names of the kernels that ran. */
  public Set<String> launched() {
    return runs().stream().map(Run::kernel).collect(Collectors.toUnmodifiableSet());
  }

  /** Launches asked for, those in a recording once each. */
  public synchronized long launches() {
    return launches;
  }

  /** Products asked for, those in a recording once each. */
  public synchronized long products() {
    return products;
  }

  /** How often the host waited for the device. */
  public synchronized long synchronizations() {
    return synchronizations;
  }

  /** How often one stream waited for another. */
  public synchronized long waits() {
    return waits;
  }

  /** How often recordings were replayed. */
  public synchronized long replays() {
    return replays;
  }

  /** Streams that there are. */
  public synchronized int streams() {
    return streams.size();
  }

  /** Whether all was given back, apart from modules. */
  public synchronized boolean holdsNothing() {
    return taken.isEmpty() && pinned == 0 && streams.isEmpty() && recordings.isEmpty();
  }

  /** As if the device had been reset. */
  public synchronized void forgetAll() {
    taken.clear();
    pinned = 0;
    streams.clear();
    recordings.clear();
  }

  public synchronized boolean isClosed() {
    return closed;
  }

  private InterpretedStream stream(long handle) {
    return get("stream", streams, handle);
  }

  private static <T> T get(String what, Map<Long, T> from, long handle) {
    T object = from.get(handle);
    if (object == null) {
      throw new IllegalStateException("there is no " + what + " " + handle);
    }
    return object;
  }

  private void finish() {
    List.copyOf(streams.values()).forEach(InterpretedStream::finish);
  }

  private void requireIdle(String call) {
    if (!streams.values().stream().allMatch(InterpretedStream::isIdle)) {
      throw new IllegalStateException(call + " while there is work to do");
    }
  }

  @Override
  public int multiprocessors() {
    return 8;
  }

  @Override
  public int computeCapability() {
    return computeCapability;
  }

  @Override
  public int sharedBytesPerBlock() {
    return sharedBytes;
  }

  @Override
  public int cublasVersion() {
    return 120_600;
  }

  @Override
  public synchronized long freeMemory() {
    return MEMORY_BYTES - memory.allocatedBytes();
  }

  @Override
  public synchronized long allocate(long bytes) {
    if (bytes > freeMemory()) {
      throw new DriverException(
          "cuMemAlloc", DriverException.OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY");
    }
    long address = memory.allocate(bytes);
    taken.add(address);
    return address;
  }

  @Override
  public synchronized void free(long address) {
    requireIdle("free");
    memory.free(address);
    taken.remove(address);
  }

  @Override
  public synchronized long bytesFrom(long address) {
    return memory.bytesFrom(address);
  }

  @Override
  public synchronized ByteBuffer pin(int bytes) {
    pinned++;
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  @Override
  public synchronized void unpin(ByteBuffer buffer) {
    requireIdle("unpin");
    pinned--;
  }

  @Override
  public synchronized long createStream() {
    streams.put(++handles, new InterpretedStream());
    return handles;
  }

  @Override
  public synchronized void destroyStream(long stream) {
    stream(stream).end();
    streams.remove(stream);
  }

  @Override
  public synchronized void waitFor(long stream, long other) {
    waits++;
    stream(stream).waitFor(stream(other));
  }

  /** The driver's handle is this device's own. */
  @Override
  public void share(long stream, LongConsumer others) {
    others.accept(stream);
  }

  @Override
  public synchronized void synchronize(long stream) {
    synchronizations++;
    stream(stream).finish();
  }

  @Override
  public synchronized void awaitCopies(ByteBuffer buffer) {
    synchronizations++;
    Runnable copies = copying.remove(buffer);
    if (copies != null) {
      copies.run();
    }
  }

  @Override
  public synchronized void clear(long stream, long address, long bytes) {
    stream(stream).ask(() -> memory.fill(address, (byte) 0, bytes));
  }

  @Override
  public synchronized void upload(
      long stream, long to, long pitch, ByteBuffer from, long rowBytes, int rows) {
    stream(stream)
        .ask(
            () -> {
              for (int row = 0; row < rows; row++) {
                memory.write(to + row * pitch, from.slice((int) (row * rowBytes), (int) rowBytes));
              }
            });
    copying.put(from, stream(stream).soFar());
  }

  @Override
  public synchronized void download(
      long stream, ByteBuffer to, long from, long pitch, long rowBytes, int rows) {
    stream(stream)
        .ask(
            () -> {
              for (int row = 0; row < rows; row++) {
                memory.read(from + row * pitch, to.slice((int) (row * rowBytes), (int) rowBytes));
              }
            });
    copying.put(to, stream(stream).soFar());
  }

  @Override
  public synchronized long load(ByteBuffer image) {
    if (image.get(0) == 0x7F) {
      throw new DriverException("cuModuleLoadDataEx", 209, "CUDA_ERROR_NO_BINARY_FOR_GPU");
    }
    String ptx = StandardCharsets.US_ASCII.decode(image.duplicate()).toString();
    if (!image.isDirect() || !ptx.endsWith("\0")) {
      throw new IllegalArgumentException("not PTX in native memory with a zero behind it");
    }
    Matcher target = TARGET.matcher(ptx);
    if (target.find() && Integer.parseInt(target.group(1)) > computeCapability) {
      throw new DriverException("cuModuleLoadDataEx", 218, "CUDA_ERROR_INVALID_PTX");
    }
    modules.put(++handles, loader.apply(ptx.substring(0, ptx.length() - 1)));
    return handles;
  }

  @Override
  public synchronized void unload(long module) {
    requireIdle("unload");
    PtxModule unloaded = get("module", modules, module);
    modules.remove(module);
    if (!modules.containsValue(unloaded)) {
      kernels.values().removeIf(kernel -> kernel.module() == unloaded);
    }
  }

  @Override
  public synchronized long kernel(long module, String name) {
    kernels.put(++handles, new Loaded(get("module", modules, module), name));
    return handles;
  }

  @Override
  public synchronized void launch(
      long stream, long kernel, LaunchSize size, ByteBuffer arguments, int[] offsets) {
    Loaded of = get("kernel", kernels, kernel);
    if (size.cooperative() && size.blocksX() > multiprocessors()) {
      throw new DriverException(
          "cuLaunchCooperativeKernel",
          DriverException.COOPERATIVE_LAUNCH_TOO_LARGE,
          "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE");
    }
    LaunchShape shape =
        new LaunchShape(
            size.blocksX(),
            size.blocksY(),
            size.blocksZ(),
            size.threadsX(),
            size.threadsY(),
            size.threadsZ(),
            size.sharedBytes());
    launches++;
    stream(stream)
        .ask(
            () -> {
              LaunchReport report = interpreter.launch(of.module(), of.kernel(), shape, arguments);
              runs.add(new Run(of.kernel(), size, arguments, report));
            });
  }

  @Override
  public synchronized void beginRecording(long stream) {
    stream(stream).beginRecording();
  }

  @Override
  public synchronized long endRecording(long stream) {
    recordings.put(++handles, stream(stream).endRecording());
    return handles;
  }

  @Override
  public synchronized void replay(long stream, long recording) {
    replays++;
    get("recording", recordings, recording).forEach(stream(stream)::ask);
  }

  @Override
  public synchronized void forget(long recording) {
    requireIdle("forget");
    get("recording", recordings, recording);
    recordings.remove(recording);
  }

  @Override
  public synchronized void multiply(long stream, double alpha, MatrixProduct product, double beta) {
    products++;
    stream(stream).ask(() -> multiplyNow(alpha, product, beta));
  }

  @Override
  public synchronized void multiplyByDeviceScalars(
      long stream, long alpha, MatrixProduct product, long beta) {
    products++;
    ElementType type = product.type();
    stream(stream).ask(() -> multiplyNow(element(type, alpha), product, element(type, beta)));
  }

  private void multiplyNow(double alpha, MatrixProduct of, double beta) {
    ElementType factors = of.factors();
    ElementType type = of.type();
    int rows = of.rows();
    int columns = of.columns();
    int inner = of.inner();
    boolean plainA = of.transposeA() == Transpose.NO;
    boolean plainB = of.transposeB() == Transpose.NO;
    double[] left =
        elements(
            factors, of.a(), of.leadingDimensionA(), plainA ? rows : inner, plainA ? inner : rows);
    double[] right =
        elements(
            factors,
            of.b(),
            of.leadingDimensionB(),
            plainB ? inner : columns,
            plainB ? columns : inner);
    ByteBuffer one = ByteBuffer.allocate(type.bytes()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        for (int k = 0; k < inner; k++) {
          double x = left[plainA ? i * inner + k : k * rows + i];
          double y = right[plainB ? k * columns + j : j * inner + k];
          sum = Math.fma(x, y, sum);
        }
        long address = of.c() + (i * of.leadingDimensionC() + j) * type.bytes();
        double old = beta == 0 ? 0 : beta * element(type, address);
        one.clear();
        if (type == ElementType.FLOAT64) {
          one.putDouble(alpha * sum + old);
        } else {
          one.putFloat((float) (alpha * sum + old));
        }
        memory.write(address, one.flip());
      }
    }
  }

  private double[] elements(
      ElementType type, long address, long leadingDimension, int rows, int columns) {
    double[] values = new double[rows * columns];
    ByteBuffer row = ByteBuffer.allocate(columns * type.bytes()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < rows; i++) {
      memory.read(address + i * leadingDimension * type.bytes(), row.clear());
      for (int j = 0; j < columns; j++) {
        values[i * columns + j] =
            switch (type) {
              case FLOAT32 -> row.getFloat(j * Float.BYTES);
              case FLOAT64 -> row.getDouble(j * Double.BYTES);
              case BFLOAT16, FLOAT16 -> type.ofBits(row.getShort(j * Short.BYTES));
            };
      }
    }
    return values;
  }

  private double element(ElementType type, long address) {
    ByteBuffer one = ByteBuffer.allocate(type.bytes()).order(ByteOrder.nativeOrder());
    memory.read(address, one);
    return type == ElementType.FLOAT64 ? one.getDouble(0) : one.getFloat(0);
  }

  @Override
  public synchronized void close() {
    modules.clear();
    kernels.clear();
    closed = true;
  }
}
