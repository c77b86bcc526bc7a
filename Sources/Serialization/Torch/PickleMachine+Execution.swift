extension PickleMachine {
  /// Carries out one instruction other than `stop`.
  mutating func execute(_ opcode: PickleOpcode) throws {
    switch opcode {
    case .stop: break
    case .mark: try mark()
    case .pop: try popValueOrMark()
    case .popMark: _ = try popToMark()
    case .duplicate: try push(try top())
    case .protocolVersion:
      let version = try number(UInt8.self)
      guard version <= 5 else { throw failure("is of protocol \(version), which is not known") }
    case .frame:
      let count = try number(UInt64.self)
      guard count <= UInt64(cursor.remaining) else { throw cutOff() }

    case .shortGet: try recall(Int(try number(UInt8.self)))
    case .longGet: try recall(Int(try number(UInt32.self)))
    case .shortPut: try remember(at: Int(try number(UInt8.self)))
    case .longPut: try remember(at: Int(try number(UInt32.self)))
    case .memoize: try remember(at: nil)

    case .none, .newTrue, .newFalse, .signed32, .unsigned8, .unsigned16, .shortInteger,
      .longInteger, .float64:
      try push(try constant(opcode))
    case .shortText, .text, .longText, .shortOldText, .oldText:
      try push(try text(opcode))
    case .shortBytes, .bytes, .longBytes, .byteArray:
      _ = try content(opcode)
      try push(.other)

    case .emptyTuple, .tuple, .tuple1, .tuple2, .tuple3, .emptyList, .list, .append, .appendMany,
      .emptyDictionary, .dictionary, .setItem, .setItems, .emptySet, .addItems, .frozenSet:
      try executeContainer(opcode)
    case .global, .stackGlobal, .reduce, .newObject, .newObjectWithKeywords, .markedObject,
      .namedObject, .build, .persistentID:
      try executeCall(opcode)
    }
  }

  private mutating func executeContainer(_ opcode: PickleOpcode) throws {
    switch opcode {
    case .emptyTuple: try push(.tuple, [])
    case .tuple: try push(.tuple, try popToMark())
    case .tuple1: try push(.tuple, try pop(count: 1))
    case .tuple2: try push(.tuple, try pop(count: 2))
    case .tuple3: try push(.tuple, try pop(count: 3))
    case .emptyList: try push(.list, [])
    case .list: try push(.list, try popToMark())
    case .append: try append(try pop(count: 1))
    case .appendMany: try append(try popToMark())
    case .emptyDictionary: try push(.dictionary, [])
    case .dictionary:
      let items = try popToMark()
      try push(.dictionary, [])
      try set(items)
    case .setItem: try set(try pop(count: 2))
    case .setItems: try set(try popToMark())
    case .emptySet: try push(.set, [])
    case .addItems: try append(try popToMark())
    default:
      _ = try popToMark()
      try push(.set, [])
    }
  }

  private mutating func executeCall(_ opcode: PickleOpcode) throws {
    switch opcode {
    case .global: try push(global: PickleGlobal(module: try line(), name: try line()))
    case .stackGlobal:
      let names = try pop(count: 2)
      guard case .text(let module) = names[0], case .text(let name) = names[1] else {
        throw failure("names a class by something that is not text")
      }
      try push(global: PickleGlobal(module: module, name: name))
    case .reduce, .newObject:
      let call = try pop(count: 2)
      try pushCall(call[0], call[1])
    case .newObjectWithKeywords:
      let call = try pop(count: 3)
      try pushCall(call[0], call[1])
    case .markedObject:
      let call = try popToMark()
      guard let type = call.first else { throw failure("makes an object of no class") }
      try pushCall(type, of: call.dropFirst())
    case .namedObject:
      let type = PickleGlobal(module: try line(), name: try line())
      let arguments = try popToMark()
      try push(global: type)
      try pushCall(try pop(), of: arguments[...])
    case .build:
      // The state of an object that is never made.
      _ = try pop()
      _ = try top()
    default: try push(.reference, [try pop()])
    }
  }

  private mutating func pushCall(_ function: PickleValue, of arguments: ArraySlice<PickleValue>)
    throws
  {
    try push(.tuple, Array(arguments))
    try pushCall(function, try pop())
  }
}

extension PickleMachine {
  private mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type
  ) throws -> Number {
    guard let number = cursor.take(type) else { throw cutOff() }
    return number
  }

  private mutating func constant(_ opcode: PickleOpcode) throws -> PickleValue {
    switch opcode {
    case .newTrue: return .boolean(true)
    case .newFalse: return .boolean(false)
    case .signed32: return .integer(Int(try number(Int32.self)))
    case .unsigned8: return .integer(Int(try number(UInt8.self)))
    case .unsigned16: return .integer(Int(try number(UInt16.self)))
    case .shortInteger: return try wideInteger(byteCount: Int(try number(UInt8.self)))
    case .longInteger: return try wideInteger(byteCount: Int(try number(Int32.self)))
    case .float64:
      _ = try number(UInt64.self)
      return .other
    default: return .none
    }
  }

  /// A number of so many bytes in two's complement.
  private mutating func wideInteger(byteCount: Int) throws -> PickleValue {
    guard byteCount >= 0 else { throw failure("has a number of negative length") }
    guard let range = cursor.take(count: byteCount) else { throw cutOff() }
    guard byteCount <= 8 else { return .other }
    var bits: UInt64 = 0
    for (place, byte) in cursor.bytes[range].enumerated() { bits |= UInt64(byte) << (8 * place) }
    let unused = 64 - 8 * byteCount
    return .integer(unused == 64 ? 0 : Int(Int64(bitPattern: bits << unused) >> unused))
  }

  private mutating func text(_ opcode: PickleOpcode) throws -> PickleValue {
    let range = try content(opcode)
    guard range.count <= PickleLimits.keptTextByteCount else { return .other }
    return .text(cursor.text(range))
  }

  /// Where the bytes of a text or of a run of bytes are.
  private mutating func content(_ opcode: PickleOpcode) throws -> Range<Int> {
    let count: Int? =
      switch opcode {
      case .shortText, .shortOldText, .shortBytes: Int(try number(UInt8.self))
      case .text, .bytes: Int(try number(UInt32.self))
      case .oldText: Int(try number(Int32.self))
      default: Int(exactly: try number(UInt64.self))
      }
    guard let count, let range = cursor.take(count: count) else { throw cutOff() }
    return range
  }

  private mutating func line() throws -> String {
    guard let range = cursor.takeLine(limit: PickleLimits.nameByteCount) else {
      throw failure("names a class without an end")
    }
    return cursor.text(range)
  }
}
