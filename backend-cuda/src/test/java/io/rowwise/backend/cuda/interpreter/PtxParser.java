package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.ptx.PtxException;
import io.rowwise.backend.cuda.ptx.PtxTokens;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a PTX text from its first to its last token. One parser reads one text. */
final class PtxParser {
  private final PtxTokens tokens;
  private final Map<String, Kernel> kernels = new LinkedHashMap<>();
  private final Map<String, Variable> variables = new LinkedHashMap<>();

  PtxParser(String text) {
    this.tokens = new PtxTokens(text);
  }

  PtxModule parse() {
    while (tokens.kind() != PtxTokens.Kind.END) {
      parseModuleStatement();
    }
    return new PtxModule(
        kernels, variables.values().stream().filter(v -> v.space() != StateSpace.SHARED).toList());
  }

  private void parseModuleStatement() {
    while (tokens.accept(".visible") || tokens.accept(".weak") || tokens.accept(".extern")) {
      // Who else may see a name does not matter to the interpreter.
    }
    String directive = tokens.expect(PtxTokens.Kind.WORD);
    switch (directive) {
      case ".version", ".address_size" -> {
        String value = tokens.expect(PtxTokens.Kind.NUMBER);
        if (directive.equals(".address_size") && !value.equals("64")) {
          throw tokens.error("addresses of " + value + " bits; only 64 are implemented");
        }
      }
      case ".target" -> {
        do {
          tokens.expect(PtxTokens.Kind.WORD);
        } while (tokens.accept(","));
      }
      case ".file" -> {
        tokens.expect(PtxTokens.Kind.NUMBER);
        tokens.expect(PtxTokens.Kind.STRING);
        while (tokens.accept(",")) {
          tokens.expect(PtxTokens.Kind.NUMBER);
        }
      }
      case ".global", ".const", ".shared" -> {
        Variable variable = parseVariable(StateSpace.named(directive.substring(1)), 0);
        tokens.expect(";");
        variables.put(variable.name(), variable);
      }
      case ".entry" -> new Entry().parse();
      default -> throw tokens.error("`" + directive + "` is not implemented");
    }
  }

  /** What follows the state space: alignment, type, name, dimensions, initial value. */
  private Variable parseVariable(StateSpace space, long offset) {
    int alignment = 0;
    PtxType type = null;
    int elements = 1;
    while (tokens.kind() == PtxTokens.Kind.WORD && type == null) {
      String word = tokens.next();
      switch (word) {
        case ".align" -> alignment = Math.toIntExact(parseInteger());
        case ".v2" -> elements = 2;
        case ".v4" -> elements = 4;
        default -> type = typeOf(word);
      }
    }
    if (type == null) {
      throw tokens.error("a variable without a type");
    }
    // Hints about what a pointer points to, as in `.param .u64 .ptr .global .align 4 name`.
    while (tokens.at(".ptr") || tokens.at(".global") || tokens.at(".align")) {
      if (tokens.next().equals(".align")) {
        parseInteger();
      }
    }
    String name = tokens.expect(PtxTokens.Kind.WORD);
    long bytes = (long) type.bytes() * elements;
    while (tokens.accept("[")) {
      bytes *= tokens.at("]") ? 0 : parseInteger();
      tokens.expect("]");
    }
    alignment = alignment == 0 ? type.bytes() * elements : alignment;
    Variable.Bytes initial = tokens.accept("=") ? parseInitial(type, Math.toIntExact(bytes)) : null;
    long start = (offset + alignment - 1) / alignment * alignment;
    return new Variable(name, space, alignment, bytes, start, initial);
  }

  private Variable.Bytes parseInitial(PtxType type, int bytes) {
    byte[] initial = new byte[bytes];
    int at = 0;
    boolean list = tokens.accept("{");
    do {
      if (tokens.at("{") || tokens.kind() == PtxTokens.Kind.WORD) {
        throw tokens.error("initial values other than a flat list of numbers are not implemented");
      }
      if (at + type.bytes() > bytes) {
        throw tokens.error("more initial values than the variable has room for");
      }
      long bits = Immediates.bits(parseImmediate(), type);
      for (int i = 0; i < type.bytes(); i++) {
        initial[at++] = (byte) (bits >>> (8 * i));
      }
    } while (list && tokens.accept(","));
    if (list) {
      tokens.expect("}");
    }
    return new Variable.Bytes(initial);
  }

  private PtxType typeOf(String word) {
    PtxType type = word.startsWith(".") ? PtxType.named(word.substring(1)) : null;
    if (type == null) {
      throw tokens.error("`" + word + "` is not a type that is implemented");
    }
    return type;
  }

  private long parseInteger() {
    Operand.Immediate immediate = parseImmediate();
    if (immediate.form() != Operand.Immediate.Form.INTEGER) {
      throw tokens.error("wanted an integer");
    }
    return immediate.bits();
  }

  private Operand.Immediate parseImmediate() {
    boolean negative = tokens.accept("-");
    int line = tokens.line();
    return Immediates.parse(tokens.expect(PtxTokens.Kind.NUMBER), negative, line);
  }

  /** A kernel, from its name to its closing brace. */
  private final class Entry {
    private final Map<String, Variable> parameters = new LinkedHashMap<>();
    private final Map<String, Variable> locals = new HashMap<>();
    private final List<Instruction> instructions = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();
    private final Deque<Map<String, PtxType>> declared = new ArrayDeque<>();
    private final Deque<Map<String, Operand.Register>> used = new ArrayDeque<>();
    private String name;
    private int registers;
    private int sharedBytes;
    private int localBytes;
    private int maxThreads = LaunchShape.MAX_THREADS_PER_BLOCK;
    private boolean exactThreads;

    void parse() {
      name = tokens.expect(PtxTokens.Kind.WORD);
      int parameterBytes = 0;
      if (tokens.accept("(")) {
        while (!tokens.accept(")")) {
          tokens.expect(".param");
          Variable parameter = parseVariable(StateSpace.PARAM, parameterBytes);
          parameters.put(parameter.name(), parameter);
          parameterBytes = Math.toIntExact(parameter.offset() + parameter.bytes());
          tokens.accept(",");
        }
      }
      parseDirectives();
      parseBody();
      Kernel kernel =
          new Kernel(
              name,
              List.copyOf(parameters.values()),
              instructions,
              labels,
              registers,
              parameterBytes,
              sharedBytes,
              localBytes,
              maxThreads,
              exactThreads);
      kernels.put(name, kernel);
    }

    private void parseDirectives() {
      while (!tokens.at("{")) {
        String directive = tokens.expect(PtxTokens.Kind.WORD);
        switch (directive) {
          case ".maxntid", ".reqntid" -> {
            long threads = parseInteger();
            while (tokens.accept(",")) {
              threads *= parseInteger();
            }
            maxThreads = Math.toIntExact(threads);
            exactThreads = directive.equals(".reqntid");
          }
          case ".minnctapersm", ".maxnreg" -> parseInteger();
          default -> throw tokens.error("`" + directive + "` is not implemented");
        }
      }
    }

    /** Variables whose size the launch gives start behind all of the others. */
    private void placeShared(Variable variable) {
      if (variable.bytes() == 0) {
        locals.put(
            variable.name(),
            new Variable(
                variable.name(),
                StateSpace.SHARED,
                variable.alignment(),
                0,
                Translator.BEHIND_STATIC_SHARED,
                null));
        return;
      }
      long offset = roundUp(sharedBytes, variable.alignment());
      sharedBytes = Math.toIntExact(offset + variable.bytes());
      locals.put(
          variable.name(),
          new Variable(
              variable.name(),
              StateSpace.SHARED,
              variable.alignment(),
              variable.bytes(),
              offset,
              null));
    }

    private static long roundUp(long value, long multiple) {
      return (value + multiple - 1) / multiple * multiple;
    }

    private void parseBody() {
      tokens.expect("{");
      openScope();
      while (!declared.isEmpty()) {
        if (tokens.accept("{")) {
          openScope();
        } else if (tokens.accept("}")) {
          declared.pop();
          used.pop();
        } else {
          parseStatement();
        }
      }
    }

    private void openScope() {
      declared.push(new HashMap<>());
      used.push(new HashMap<>());
    }

    private void parseStatement() {
      int line = tokens.line();
      if (tokens.accept(";")) {
        return;
      }
      if (tokens.accept("@")) {
        boolean negated = tokens.accept("!");
        if (!(parseWordOperand(tokens.expect(PtxTokens.Kind.WORD))
                instanceof Operand.Register guard)
            || guard.type() != PtxType.PRED) {
          throw tokens.error("a guard that is no predicate");
        }
        parseInstruction(line, guard, negated, tokens.expect(PtxTokens.Kind.WORD));
        return;
      }
      String word = tokens.expect(PtxTokens.Kind.WORD);
      if (tokens.accept(":")) {
        if (labels.put(word, instructions.size()) != null) {
          throw new PtxException(line, "the label " + word + " is there twice");
        }
        return;
      }
      switch (word) {
        case ".reg" -> parseRegisters();
        case ".shared" -> {
          placeShared(parseVariable(StateSpace.SHARED, 0));
          tokens.expect(";");
        }
        case ".local" -> {
          Variable variable = parseVariable(StateSpace.LOCAL, localBytes);
          localBytes = Math.toIntExact(variable.offset() + variable.bytes());
          locals.put(variable.name(), variable);
          tokens.expect(";");
        }
        case ".pragma" -> {
          tokens.expect(PtxTokens.Kind.STRING);
          tokens.expect(";");
        }
        case ".loc" -> {
          while (tokens.kind() == PtxTokens.Kind.NUMBER) {
            tokens.next();
          }
        }
        default -> {
          if (word.startsWith(".")) {
            throw new PtxException(line, "`" + word + "` is not implemented");
          }
          parseInstruction(line, null, false, word);
        }
      }
    }

    private void parseRegisters() {
      PtxType type = typeOf(tokens.expect(PtxTokens.Kind.WORD));
      do {
        String register = tokens.expect(PtxTokens.Kind.WORD);
        if (tokens.accept("<")) {
          long count = parseInteger();
          tokens.expect(">");
          for (int i = 0; i < count; i++) {
            declared.peek().put(register + i, type);
          }
        } else {
          declared.peek().put(register, type);
        }
      } while (tokens.accept(","));
      tokens.expect(";");
    }

    private void parseInstruction(
        int line, Operand.Register guard, boolean negated, String opcode) {
      List<Operand> operands = new ArrayList<>();
      if (!tokens.at(";")) {
        do {
          operands.add(parseOperand());
        } while (tokens.accept(","));
      }
      if (!tokens.at(";")) {
        throw tokens.error("wanted `;` after " + opcode + " and its operands");
      }
      tokens.next();
      String[] parts = opcode.split("\\.", -1);
      instructions.add(
          new Instruction(
              line,
              guard,
              negated,
              parts[0],
              List.of(parts).subList(1, parts.length),
              List.copyOf(operands)));
    }

    private Operand parseOperand() {
      if (tokens.accept("[")) {
        return parseAddress();
      }
      if (tokens.accept("{")) {
        List<Operand> elements = new ArrayList<>();
        do {
          elements.add(parseOperand());
        } while (tokens.accept(","));
        tokens.expect("}");
        return new Operand.Vector(List.copyOf(elements));
      }
      if (tokens.accept("!")) {
        if (!(parseOperand() instanceof Operand.Register register)) {
          throw tokens.error("`!` in front of what is no predicate");
        }
        return new Operand.Not(register);
      }
      if (tokens.kind() == PtxTokens.Kind.NUMBER || tokens.at("-")) {
        return parseImmediate();
      }
      Operand operand = parseWordOperand(tokens.expect(PtxTokens.Kind.WORD));
      return tokens.accept("|") ? new Operand.Pair(operand, parseOperand()) : operand;
    }

    private Operand parseAddress() {
      Operand base =
          tokens.kind() == PtxTokens.Kind.NUMBER
              ? parseImmediate()
              : parseWordOperand(tokens.expect(PtxTokens.Kind.WORD));
      long offset = 0;
      if (tokens.accept("+")) {
        offset = parseInteger();
      } else if (tokens.at("-")) {
        offset = parseInteger();
      }
      tokens.expect("]");
      return new Operand.Address(base, offset);
    }

    private Operand parseWordOperand(String word) {
      if (word.equals("_")) {
        return new Operand.Sink();
      }
      Operand.Register register = register(word);
      if (register != null) {
        return register;
      }
      if (SpecialRegisters.has(word)) {
        return new Operand.Special(word);
      }
      if (word.startsWith("%")) {
        throw tokens.error("the register " + word + " is not declared");
      }
      Variable variable = locals.get(word);
      if (variable == null) {
        variable = parameters.get(word);
      }
      if (variable == null) {
        variable = variables.get(word);
        if (variable != null && variable.space() == StateSpace.SHARED) {
          // Of the module's shared variables a kernel has those that it names.
          placeShared(variable);
          variable = locals.get(word);
        }
      }
      return variable == null ? new Operand.Label(word) : new Operand.Symbol(variable);
    }

    /** The register of this name in the innermost scope that declares it, or null. */
    private Operand.Register register(String word) {
      var types = declared.iterator();
      var registersOfScope = used.iterator();
      while (types.hasNext()) {
        PtxType type = types.next().get(word);
        Map<String, Operand.Register> known = registersOfScope.next();
        if (type != null) {
          return known.computeIfAbsent(word, w -> new Operand.Register(registers++, w, type));
        }
      }
      return null;
    }
  }
}
