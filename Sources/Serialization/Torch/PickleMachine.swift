import Platform

/// Runs the stack machine that a pickle is written for, with calls that are only noted down.
///
/// Memory is bounded by ``PickleLimits``, time by the number of bytes: each instruction makes at most
/// one value, and containers take their elements from the stack.
struct PickleMachine {
  var cursor: ByteCursor
  private(set) var objects: [PickleObject] = []
  private(set) var globals: [PickleGlobal] = []
  private var globalIndices: [PickleGlobal: Int] = [:]
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var valueCount = 0
  /// Where the instruction that is being carried out begins.
  private var instructionStart = 0
  /// Where the pickle begins; positions in messages count from there.
  private let start: Int

  private init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
    cursor = ByteCursor(bytes, at: range.lowerBound, end: range.upperBound)
    start = range.lowerBound
  }

  /// Reads the pickle that begins at the start of `range`, which may go on after it.
  ///
  /// - Throws: ``ReportableError`` (`badData`) without a path.
  static func read(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) throws -> Pickle {
    var machine = PickleMachine(bytes, in: range)
    while true {
      machine.instructionStart = machine.cursor.position
      guard machine.instructionStart - machine.start < PickleLimits.byteCount else {
        throw machine.failure("is longer than \(PickleLimits.byteCount) bytes")
      }
      guard let byte = machine.cursor.take(UInt8.self) else { throw machine.cutOff() }
      guard let opcode = PickleOpcode(rawValue: byte) else {
        throw machine.failure(
          "has an instruction 0x\(String(byte, radix: 16)) that is not understood")
      }
      if opcode == .stop {
        try machine.refuseHarm()
        return Pickle(
          root: try machine.pop(), objects: machine.objects, globals: machine.globals,
          end: machine.cursor.position)
      }
      try machine.execute(opcode)
    }
  }

  func failure(_ what: String) -> ReportableError {
    SafetensorsHeader.damaged("has a pickle that \(what) (byte \(instructionStart - start))")
  }

  func cutOff() -> ReportableError { failure("is cut off") }

  private func refuseHarm() throws {
    let harmful = globals.filter(HarmfulCallables.contains).map { quoted($0.path) }
    guard !harmful.isEmpty else { return }
    let shown = harmful.prefix(6) + (harmful.count > 6 ? ["\(harmful.count - 6) more"] : [])
    throw ReportableError(
      .badData,
      "would have Python call \(shown.joined(separator: ", ")), which no checkpoint needs; it was not "
        + "called, but don't open this file elsewhere and fetch the model from a source you trust")
  }
}

extension PickleMachine {
  mutating func push(_ value: PickleValue) throws {
    valueCount += 1
    guard valueCount <= PickleLimits.valueCount else {
      throw failure("makes more than \(PickleLimits.valueCount) values")
    }
    guard stack.count < PickleLimits.stackDepth else {
      throw failure("piles up more than \(PickleLimits.stackDepth) values")
    }
    stack.append(value)
  }

  mutating func push(_ kind: PickleObject.Kind, _ elements: [PickleValue]) throws {
    objects.append(PickleObject(kind: kind, elements: elements))
    try push(.object(objects.count - 1))
  }

  mutating func push(global: PickleGlobal) throws {
    let index = globalIndices[global] ?? globals.count
    if index == globals.count {
      globals.append(global)
      globalIndices[global] = index
    }
    try push(.global(index))
  }

  /// The values above the last mark are all that can be taken.
  private var floor: Int { marks.last ?? 0 }

  mutating func pop() throws -> PickleValue {
    guard stack.count > floor, let value = stack.popLast() else {
      throw failure("takes a value where there is none")
    }
    return value
  }

  func top() throws -> PickleValue {
    guard stack.count > floor, let value = stack.last else {
      throw failure("needs a value where there is none")
    }
    return value
  }

  mutating func pop(count: Int) throws -> [PickleValue] {
    guard stack.count - floor >= count else {
      throw failure("takes \(count) values where there are fewer")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  mutating func mark() throws {
    guard marks.count < PickleLimits.markDepth else {
      throw failure("is nested more than \(PickleLimits.markDepth) levels deep")
    }
    marks.append(stack.count)
  }

  /// All values above the last mark, which is taken away as well.
  mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw failure("goes back to a mark that is not set") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  /// A value away, or a mark when there is no value above it.
  mutating func popValueOrMark() throws {
    if let mark = marks.last, mark == stack.count {
      marks.removeLast()
    } else {
      _ = try pop()
    }
  }

  mutating func remember(at index: Int?) throws {
    memo[index ?? memo.count] = try top()
    guard memo.count <= PickleLimits.memoCount else {
      throw failure("remembers more than \(PickleLimits.memoCount) values")
    }
  }

  mutating func recall(_ index: Int) throws {
    guard let value = memo[index] else {
      throw failure("recalls value \(index), which it did not remember")
    }
    try push(value)
  }

  /// Adds to the list on top of the stack; what is appended to an object that a call would have made
  /// is forgotten with it.
  mutating func append(_ values: [PickleValue]) throws {
    guard case .object(let index) = try top() else {
      throw failure("appends to something that is not a list")
    }
    switch objects[index].kind {
    case .list: objects[index].elements += values
    case .set, .call: break
    case .tuple, .dictionary, .reference: throw failure("appends to something that is not a list")
    }
  }

  /// Sets keys and values in turns on the object on top of the stack.
  mutating func set(_ items: [PickleValue]) throws {
    guard items.count % 2 == 0 else { throw failure("sets a key without a value") }
    guard case .object(let index) = try top() else {
      throw failure("sets items of something that is not a dictionary")
    }
    switch objects[index].kind {
    case .dictionary: objects[index].elements += items
    case .call: objects[index].items += items
    case .tuple, .list, .set, .reference:
      throw failure("sets items of something that is not a dictionary")
    }
  }

  /// Notes down that Python would call `function` with `arguments` here.
  mutating func pushCall(_ function: PickleValue, _ arguments: PickleValue) throws {
    guard case .object(let index) = arguments, objects[index].kind == .tuple else {
      throw failure("calls something with arguments that are not a tuple")
    }
    try push(.call, [function, arguments])
  }
}
