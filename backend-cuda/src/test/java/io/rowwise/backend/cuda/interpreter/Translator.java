package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.ArithmeticStep.Compare.Combination;
import io.rowwise.backend.cuda.interpreter.ControlStep.Barrier.Reduction;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Ternary;
import io.rowwise.backend.cuda.ptx.PtxException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Decodes a kernel's instructions. One translator decodes one kernel. */
final class Translator {
  /** The offset of shared variables whose size the launch gives, until it is known. */
  static final long BEHIND_STATIC_SHARED = -1;

  private static final Set<String> CACHE_HINTS =
      Set.of(
          "nc",
          "ca",
          "cg",
          "cs",
          "lu",
          "cv",
          "wb",
          "wt",
          "L1::evict_normal",
          "L1::evict_unchanged",
          "L1::evict_first",
          "L1::evict_last",
          "L1::no_allocate",
          "L2::64B",
          "L2::128B",
          "L2::256B");
  private static final Set<String> SCOPES = Set.of("cta", "cluster", "gpu", "gl", "sys");
  private static final Set<String> BITWISE = Set.of("and", "or", "xor", "not");

  private final Kernel kernel;
  private final List<Program.Constant> constants = new ArrayList<>();
  private final List<Program.SpecialSlot> specials = new ArrayList<>();
  private final List<Program.SymbolSlot> symbols = new ArrayList<>();
  private final Map<Object, Integer> known = new HashMap<>();
  private int slots;

  /** The instruction that is being decoded. */
  private Instruction instruction;

  private int number;
  private Modifiers modifiers;
  private List<Operand> operands;

  Translator(Kernel kernel) {
    this.kernel = kernel;
    this.slots = kernel.registers;
  }

  /** Where a kernel's dynamic shared memory starts. */
  static int dynamicSharedOffset(Kernel kernel) {
    return (kernel.staticSharedBytes + 15) / 16 * 16;
  }

  Program translate() {
    Step[] steps = new Step[kernel.instructions.size()];
    for (number = 0; number < steps.length; number++) {
      instruction = kernel.instructions.get(number);
      modifiers = new Modifiers(instruction);
      operands = instruction.operands();
      steps[number] = step();
      modifiers.requireNone();
    }
    return new Program(
        List.of(steps), slots, List.copyOf(constants), List.copyOf(specials), List.copyOf(symbols));
  }

  private Step step() {
    return switch (instruction.opcode()) {
      case "mov" -> move();
      case "cvta" -> convertAddress();
      case "ld", "ldu" -> load();
      case "st" -> store();
      case "atom", "red" -> atomic();
      case "cp" -> asyncCopy();
      case "bra" -> branch();
      case "ret", "exit" -> exit();
      case "bar", "barrier" -> barrier();
      case "membar", "fence" -> fence();
      case "nanosleep" -> sleep();
      case "shfl" -> shuffle();
      case "vote" -> vote();
      case "activemask" -> activeMask();
      case "setp" -> compare();
      case "testp" -> test();
      case "selp" -> select();
      case "cvt" -> Conversions.areOfHalf(instruction.modifiers()) ? convertHalf() : arithmetic();
      default -> arithmetic();
    };
  }

  // ------------------------------------------------------------------------------ operands

  private PtxException malformed(String problem) {
    return new PtxException(instruction.line(), instruction.name() + ": " + problem);
  }

  private void requireOperands(int count) {
    if (operands.size() != count) {
      throw malformed("has " + operands.size() + " operands, takes " + count);
    }
  }

  /** The slot of what an instruction reads. */
  private int source(Operand operand, PtxType type) {
    if (operand instanceof Operand.Register register) {
      if ((register.type() == PtxType.PRED) != (type == PtxType.PRED)) {
        throw malformed("cannot take " + register.name());
      }
      return register.number();
    }
    if (operand instanceof Operand.Immediate immediate) {
      return constant(Immediates.bits(immediate, type));
    }
    if (operand instanceof Operand.Special special) {
      return known.computeIfAbsent(
          special,
          s -> {
            specials.add(new Program.SpecialSlot(slots, special.name()));
            return slots++;
          });
    }
    if (operand instanceof Operand.Symbol symbol) {
      return address(symbol.variable());
    }
    if (operand instanceof Operand.Label label) {
      throw malformed(label.name() + " is not declared");
    }
    throw malformed("cannot take this operand");
  }

  private int constant(long bits) {
    return known.computeIfAbsent(
        bits,
        b -> {
          constants.add(new Program.Constant(slots, bits));
          return slots++;
        });
  }

  private int address(Variable variable) {
    if (variable.space() == StateSpace.GLOBAL || variable.space() == StateSpace.CONST) {
      return known.computeIfAbsent(
          variable.name(),
          v -> {
            symbols.add(new Program.SymbolSlot(slots, variable));
            return slots++;
          });
    }
    return constant(
        variable.offset() == BEHIND_STATIC_SHARED
            ? dynamicSharedOffset(kernel)
            : variable.offset());
  }

  /** The slot of what an instruction writes; -1 for {@code _}. */
  private int target(Operand operand, boolean predicate) {
    if (operand instanceof Operand.Sink) {
      return -1;
    }
    if (!(operand instanceof Operand.Register register)
        || (register.type() == PtxType.PRED) != predicate) {
      throw malformed("cannot write to its first operand");
    }
    return register.number();
  }

  private int target(Operand operand) {
    int slot = target(operand, false);
    if (slot < 0) {
      throw malformed("writes nothing");
    }
    return slot;
  }

  /** A predicate that may be negated. */
  private record Condition(int slot, boolean negated) {}

  private Condition condition(Operand operand) {
    return operand instanceof Operand.Not not
        ? new Condition(source(not.predicate(), PtxType.PRED), true)
        : new Condition(source(operand, PtxType.PRED), false);
  }

  private MemoryStep.AddressSlot addressOperand(Operand operand) {
    if (!(operand instanceof Operand.Address address)) {
      throw malformed("takes an address in brackets");
    }
    boolean narrow =
        address.base() instanceof Operand.Register register && register.type().bits == 32;
    return new MemoryStep.AddressSlot(
        source(address.base(), PtxType.U64), narrow, address.offset());
  }

  private List<Operand> elements(Operand operand, int count) {
    if (count == 1) {
      return List.of(operand);
    }
    if (!(operand instanceof Operand.Vector vector) || vector.elements().size() != count) {
      throw malformed("takes " + count + " elements in braces");
    }
    return vector.elements();
  }

  // --------------------------------------------------------------------------- arithmetic

  private Step arithmetic() {
    String opcode = instruction.opcode();
    if (BITWISE.contains(opcode) && modifiers.take("pred")) {
      int a = source(operands.get(1), PtxType.PRED);
      int b = opcode.equals("not") ? a : source(operands.get(2), PtxType.PRED);
      requireOperands(opcode.equals("not") ? 2 : 3);
      return new ArithmeticStep.Logic(
          instruction, number, opcode, target(operands.get(0), true), a, b);
    }
    PtxType type = lastType();
    LaneFunction function;
    if (opcode.equals("cvt")) {
      function = Conversions.of(modifiers);
    } else if (type == PtxType.F32) {
      function = FloatFunctions.of(opcode, modifiers);
    } else if (type == PtxType.F64) {
      function = DoubleFunctions.of(opcode, modifiers);
    } else {
      function = IntegerFunctions.of(opcode, modifiers);
    }
    if (function == null) {
      throw modifiers.notImplemented();
    }
    return computing(function, type);
  }

  private Step convertHalf() {
    boolean widens = instruction.modifiers().indexOf("f16") == instruction.modifiers().size() - 1;
    return computing(Conversions.ofHalf(modifiers), widens ? PtxType.B16 : PtxType.F32);
  }

  /** Computes the first operand from the others, which are of one type. */
  private Step computing(LaneFunction function, PtxType from) {
    if (function instanceof LaneFunction.Unary unary) {
      requireOperands(2);
      return new ArithmeticStep.OfOne(
          instruction, number, unary, target(operands.get(0)), source(operands.get(1), from));
    }
    if (function instanceof LaneFunction.Binary binary) {
      requireOperands(3);
      return new ArithmeticStep.OfTwo(
          instruction,
          number,
          binary,
          target(operands.get(0)),
          source(operands.get(1), from),
          source(operands.get(2), from));
    }
    if (function instanceof LaneFunction.Ternary ternary) {
      requireOperands(4);
      return new ArithmeticStep.OfThree(
          instruction,
          number,
          ternary,
          target(operands.get(0)),
          source(operands.get(1), from),
          source(operands.get(2), from),
          source(operands.get(3), from));
    }
    requireOperands(5);
    return new ArithmeticStep.OfFour(
        instruction,
        number,
        (LaneFunction.Quaternary) function,
        target(operands.get(0)),
        source(operands.get(1), from),
        source(operands.get(2), from),
        source(operands.get(3), from),
        source(operands.get(4), from));
  }

  private PtxType lastType() {
    List<String> names = instruction.modifiers();
    PtxType type = names.isEmpty() ? null : PtxType.named(names.get(names.size() - 1));
    if (type == null) {
      throw modifiers.notImplemented();
    }
    return type;
  }

  private Step move() {
    requireOperands(2);
    PtxType type = modifiers.takeType();
    Operand to = operands.get(0);
    Operand from = operands.get(1);
    if (type == PtxType.PRED) {
      int a = source(from, type);
      return new ArithmeticStep.Logic(instruction, number, "mov", target(to, true), a, a);
    }
    if (from instanceof Operand.Vector vector) {
      int[] elements = vector.elements().stream().mapToInt(e -> source(e, type)).toArray();
      return new ArithmeticStep.Pack(
          instruction, number, target(to), elements, type.bits / elements.length);
    }
    if (to instanceof Operand.Vector vector) {
      int[] elements = vector.elements().stream().mapToInt(e -> target(e, false)).toArray();
      return new ArithmeticStep.Unpack(
          instruction, number, elements, source(from, type), type.bits / elements.length);
    }
    return new ArithmeticStep.Move(instruction, number, target(to), source(from, type));
  }

  private Step select() {
    requireOperands(4);
    PtxType type = modifiers.takeType();
    return new ArithmeticStep.Select(
        instruction,
        number,
        target(operands.get(0)),
        source(operands.get(1), type),
        source(operands.get(2), type),
        source(operands.get(3), PtxType.PRED));
  }

  private Step compare() {
    String name = Comparisons.takeName(modifiers);
    String how = modifiers.takeOneOf(Set.of("and", "or", "xor"));
    Combination combination =
        how == null ? Combination.NONE : Combination.valueOf(how.toUpperCase(Locale.ROOT));
    boolean flush = modifiers.take("ftz");
    PtxType type = modifiers.takeType();
    requireOperands(how == null ? 3 : 4);
    Condition with = how == null ? new Condition(-1, false) : condition(operands.get(3));
    Operand first = operands.get(0);
    Operand second = new Operand.Sink();
    if (first instanceof Operand.Pair pair) {
      first = pair.first();
      second = pair.second();
    }
    return new ArithmeticStep.Compare(
        instruction,
        number,
        Comparisons.of(name, flush, type, modifiers),
        combination,
        target(first, true),
        target(second, true),
        source(operands.get(1), type),
        source(operands.get(2), type),
        with.slot(),
        with.negated());
  }

  private Step test() {
    requireOperands(2);
    String name = modifiers.takeFirst();
    PtxType type = modifiers.takeType();
    int a = source(operands.get(1), type);
    return new ArithmeticStep.Compare(
        instruction,
        number,
        Comparisons.property(name, type, modifiers),
        Combination.NONE,
        target(operands.get(0), true),
        -1,
        a,
        a,
        -1,
        false);
  }

  private Step activeMask() {
    requireOperands(1);
    modifiers.take("b32");
    int target = target(operands.get(0));
    Step step =
        new Step(instruction, number) {
          @Override
          void execute(Warp warp, int lanes) {
            for (int left = lanes; left != 0; left &= left - 1) {
              warp.registers[target * Warp.LANES + Integer.numberOfTrailingZeros(left)] = lanes;
            }
          }
        };
    step.targets = new int[] {target};
    return step;
  }

  // ------------------------------------------------------------------------------- memory

  /** {@code cvta} to generic adds the space's window, {@code cvta.to} takes it away. */
  private Step convertAddress() {
    requireOperands(2);
    boolean to = modifiers.take("to");
    StateSpace space = modifiers.takeSpace();
    modifiers.takeType();
    long window =
        switch (space) {
          case GLOBAL, CONST -> 0;
          case SHARED -> Launch.SHARED_WINDOW;
          case LOCAL -> Launch.LOCAL_WINDOW;
          default -> throw modifiers.notImplemented();
        };
    long added = to ? -window : window;
    int target = target(operands.get(0));
    int source = source(operands.get(1), PtxType.U64);
    if (window == 0) {
      return new ArithmeticStep.Move(instruction, number, target, source);
    }
    return new ArithmeticStep.OfOne(instruction, number, a -> a + added, target, source);
  }

  /** How an access takes part in the ordering of memory. */
  private record Semantics(boolean strong, boolean acquires, boolean releases) {}

  private Semantics takeSemantics() {
    boolean acquires = modifiers.take("acquire");
    boolean releases = modifiers.take("release");
    boolean both = modifiers.take("acq_rel");
    boolean relaxed = modifiers.takeAny("relaxed", "volatile");
    modifiers.take("weak");
    // Of a scope that is only the block, nothing is concluded for others: see Fence.
    boolean blockOnly = "cta".equals(modifiers.takeOneOf(SCOPES));
    return new Semantics(
        acquires || releases || both || relaxed,
        (acquires || both) && !blockOnly,
        (releases || both) && !blockOnly);
  }

  private int takeElements() {
    return modifiers.take("v4") ? 4 : modifiers.take("v2") ? 2 : 1;
  }

  private void takeCacheHints() {
    while (modifiers.takeOneOf(CACHE_HINTS) != null) {
      // They change when an access is fast, not what it does.
    }
  }

  private Step load() {
    requireOperands(2);
    Semantics semantics = takeSemantics();
    StateSpace space = modifiers.takeSpace();
    takeCacheHints();
    int count = takeElements();
    PtxType type = modifiers.takeType();
    int[] to = elements(operands.get(0), count).stream().mapToInt(e -> target(e, false)).toArray();
    return new MemoryStep.Load(
        instruction,
        number,
        space,
        addressOperand(operands.get(1)),
        type,
        to,
        semantics.strong(),
        semantics.acquires());
  }

  private Step store() {
    requireOperands(2);
    Semantics semantics = takeSemantics();
    StateSpace space = modifiers.takeSpace();
    takeCacheHints();
    int count = takeElements();
    PtxType type = modifiers.takeType();
    if (space == StateSpace.CONST || space == StateSpace.PARAM) {
      throw modifiers.notImplemented();
    }
    int[] from = elements(operands.get(1), count).stream().mapToInt(e -> source(e, type)).toArray();
    return new MemoryStep.Store(
        instruction,
        number,
        space,
        addressOperand(operands.get(0)),
        type,
        from,
        semantics.strong(),
        semantics.releases());
  }

  private Step asyncCopy() {
    if (!modifiers.take("async")) {
      throw modifiers.notImplemented();
    }
    if (modifiers.take("commit_group")) {
      requireOperands(0);
      return new CopyStep.Commit(instruction, number);
    }
    if (modifiers.take("wait_all")) {
      requireOperands(0);
      return new CopyStep.Await(instruction, number, CopyStep.ALL);
    }
    if (modifiers.take("wait_group")) {
      requireOperands(1);
      return new CopyStep.Await(instruction, number, immediate(operands.get(0)));
    }
    takeCacheHints();
    requireOperands(3);
    StateSpace to = modifiers.takeSpace();
    StateSpace from = modifiers.takeSpace();
    takeCacheHints();
    if (to != StateSpace.SHARED || from != StateSpace.GLOBAL) {
      throw modifiers.notImplemented();
    }
    long bytes = immediate(operands.get(2));
    if (bytes != 4 && bytes != 8 && bytes != 16) {
      throw malformed("copies 4, 8 or 16 bytes, not " + bytes);
    }
    return new CopyStep.Copy(
        instruction,
        number,
        addressOperand(operands.get(0)),
        addressOperand(operands.get(1)),
        (int) bytes);
  }

  private long immediate(Operand operand) {
    if (!(operand instanceof Operand.Immediate immediate)) {
      throw malformed("takes a number in the text");
    }
    return Immediates.bits(immediate, PtxType.U64);
  }

  private Step atomic() {
    boolean returns = instruction.opcode().equals("atom");
    Semantics semantics = takeSemantics();
    StateSpace space = modifiers.takeSpace();
    String operation = modifiers.takeFirst();
    PtxType type = modifiers.takeType();
    Ternary function = AtomicFunctions.of(operation, type);
    if (function == null) {
      throw modifiers.notImplemented();
    }
    int first = returns ? 1 : 0;
    requireOperands(first + (operation.equals("cas") ? 3 : 2));
    int b = source(operands.get(first + 1), type);
    return new MemoryStep.Atomic(
        instruction,
        number,
        space,
        addressOperand(operands.get(first)),
        type,
        function,
        returns ? target(operands.get(0), false) : -1,
        b,
        operation.equals("cas") ? source(operands.get(first + 2), type) : b,
        semantics.acquires(),
        semantics.releases());
  }

  // ------------------------------------------------------------------------------ control

  private Step branch() {
    requireOperands(1);
    modifiers.take("uni");
    if (!(operands.get(0) instanceof Operand.Label label)
        || !kernel.labels.containsKey(label.name())) {
      throw malformed("there is no such label");
    }
    return new ControlStep.Branch(instruction, number, kernel.labels.get(label.name()));
  }

  private Step exit() {
    requireOperands(0);
    modifiers.take("uni");
    return new ControlStep.Exit(instruction, number);
  }

  private Step barrier() {
    if (modifiers.take("warp")) {
      requireOperands(1);
      if (!modifiers.take("sync")) {
        throw modifiers.notImplemented();
      }
      return new WarpStep.Sync(instruction, number, source(operands.get(0), PtxType.B32));
    }
    modifiers.take("cta");
    modifiers.take("aligned");
    if (modifiers.take("sync")) {
      if (operands.size() != 1) {
        throw malformed("barriers of some of a block's threads are not implemented");
      }
      return new ControlStep.Barrier(instruction, number, Reduction.NONE, -1, -1, false);
    }
    if (!modifiers.take("red")) {
      throw modifiers.notImplemented();
    }
    if (operands.size() != 3) {
      throw malformed("barriers of some of a block's threads are not implemented");
    }
    Reduction reduction =
        switch (modifiers.takeFirst()) {
          case "and" -> Reduction.AND;
          case "or" -> Reduction.OR;
          case "popc" -> Reduction.COUNT;
          default -> throw modifiers.notImplemented();
        };
    modifiers.takeType();
    Condition condition = condition(operands.get(2));
    return new ControlStep.Barrier(
        instruction,
        number,
        reduction,
        target(operands.get(0), reduction != Reduction.COUNT),
        condition.slot(),
        condition.negated());
  }

  private Step fence() {
    requireOperands(0);
    modifiers.take("sc");
    modifiers.take("acq_rel");
    String scope = modifiers.takeOneOf(SCOPES);
    if (scope == null) {
      throw modifiers.notImplemented();
    }
    return new ControlStep.Fence(instruction, number, !scope.equals("cta"));
  }

  /** For how long is an operand that nobody reads here. */
  private Step sleep() {
    requireOperands(1);
    modifiers.takeType();
    return new ControlStep.Sleep(instruction, number);
  }

  private Step shuffle() {
    requireOperands(5);
    if (!modifiers.take("sync")) {
      throw modifiers.notImplemented();
    }
    String mode = modifiers.takeOneOf(Set.of("up", "down", "bfly", "idx"));
    if (mode == null || !modifiers.take("b32")) {
      throw modifiers.notImplemented();
    }
    Operand to = operands.get(0);
    Operand inRange = new Operand.Sink();
    if (to instanceof Operand.Pair pair) {
      to = pair.first();
      inRange = pair.second();
    }
    return new WarpStep.Shuffle(
        instruction,
        number,
        WarpStep.Shuffle.Mode.valueOf(mode.toUpperCase(Locale.ROOT)),
        target(to, false),
        target(inRange, true),
        source(operands.get(1), PtxType.B32),
        source(operands.get(2), PtxType.B32),
        source(operands.get(3), PtxType.B32),
        source(operands.get(4), PtxType.B32));
  }

  private Step vote() {
    requireOperands(3);
    String mode =
        modifiers.take("sync") ? modifiers.takeOneOf(Set.of("all", "any", "uni", "ballot")) : null;
    if (mode == null) {
      throw modifiers.notImplemented();
    }
    modifiers.takeType();
    Condition condition = condition(operands.get(1));
    return new WarpStep.Vote(
        instruction,
        number,
        mode,
        target(operands.get(0), !mode.equals("ballot")),
        condition.slot(),
        condition.negated(),
        source(operands.get(2), PtxType.B32));
  }
}
