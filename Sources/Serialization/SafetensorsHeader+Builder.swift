import Platform

extension SafetensorsHeader {
  /// Collects the members of the header and relates them to the bytes that are there.
  ///
  /// What is wrong with one tensor does not keep the others from being looked at: all of it is told
  /// in one error. Only text that is no JSON ends the reading.
  struct Builder {
    private let dataStart: Int
    private let fileByteCount: Int
    private(set) var metadata: [String: String]?
    private var tensors: [SafetensorsEntry] = []
    /// Tensors of types that can't be read, each with a sentence about it.
    private(set) var unreadable: [String: String] = [:]
    /// Where all tensors lie that name a place in the file, whatever else is wrong with them.
    private var extents: [(name: String, bytes: Range<Int>)] = []
    private var seen: Set<String> = []
    private var damage = TensorComplaints()
    private var unknown = TensorComplaints(maximumShownCount: 2)
    /// Whether some bytes may belong to a tensor whose place is not known.
    private var lacksExtents = false
    /// Tensors that do not lie within the data.
    private var outsideCount = 0

    init(dataStart: Int, fileByteCount: Int) {
      self.dataStart = dataStart
      self.fileByteCount = fileByteCount
    }

    /// - Throws: ``JSONScanner/Failure`` where the text is no header.
    mutating func read(_ scanner: JSONScanner) throws {
      var scanner = scanner
      try scanner.object { scanner, key in
        if key == "__metadata__" {
          guard metadata == nil else { throw scanner.failure("__metadata__ appears twice") }
          metadata = try Self.metadata(&scanner)
          return
        }
        guard seen.count < SafetensorsHeader.maximumTensorCount else {
          throw scanner.failure("more than \(SafetensorsHeader.maximumTensorCount) tensors")
        }
        // Swift's equality also catches two spellings of one accented name, which tables keyed by
        // String could not tell apart later.
        let isRepeated = !seen.insert(key).inserted
        if isRepeated { complainOfText("tensor \(quoted(key)) appears twice", scanner.offset) }
        let fields = try Self.fields(of: key, &scanner)
        if !isRepeated { add(key, fields) }
      }
      try scanner.finish()
    }

    mutating func complainOfText(_ what: String, _ offset: Int) {
      damage.add("has a malformed header: \(what) (byte \(8 + offset))")
      lacksExtents = true
    }

    /// Texts by name; none at all may be written as null.
    private static func metadata(_ scanner: inout JSONScanner) throws -> [String: String] {
      if scanner.peek() == UInt8(ascii: "n") {
        try scanner.skipValue()
        return [:]
      }
      var result: [String: String] = [:]
      try scanner.object { scanner, key in
        let value = try scanner.string()
        guard result.updateValue(value, forKey: key) == nil else {
          throw scanner.failure("metadata \(quoted(key)) appears twice")
        }
      }
      return result
    }

    private struct Fields {
      let typeName: String
      let shape: [Int]
      let offsets: [Int]
    }

    private static func fields(
      of name: String, _ scanner: inout JSONScanner
    ) throws -> Fields {
      var typeName: String?
      var shape: [Int]?
      var offsets: [Int]?
      try scanner.object { scanner, key in
        let isRepeated: Bool
        switch key {
        case "dtype":
          isRepeated = typeName != nil
          typeName = try scanner.string()
        case "shape":
          isRepeated = shape != nil
          shape = try Self.counts(&scanner)
        case "data_offsets":
          isRepeated = offsets != nil
          offsets = try Self.counts(&scanner)
        default:
          throw scanner.failure("tensor \(quoted(name)) has an unknown field \(quoted(key))")
        }
        if isRepeated {
          throw scanner.failure("tensor \(quoted(name)) has two fields \(quoted(key))")
        }
      }
      guard let typeName, let shape, let offsets, offsets.count == 2 else {
        throw scanner.failure(
          "tensor \(quoted(name)) needs a dtype, a shape and two data_offsets")
      }
      return Fields(typeName: typeName, shape: shape, offsets: offsets)
    }

    private static func counts(_ scanner: inout JSONScanner) throws -> [Int] {
      var result: [Int] = []
      try scanner.array { result.append(try $0.count()) }
      return result
    }

    private mutating func add(_ name: String, _ fields: Fields) {
      let (shape, offsets) = (fields.shape, fields.offsets)
      let dataByteCount = fileByteCount - dataStart
      let isInside = offsets[0] <= offsets[1] && offsets[1] <= dataByteCount
      if isInside {
        extents.append((name, dataStart + offsets[0]..<dataStart + offsets[1]))
      } else {
        lacksExtents = true
        outsideCount += 1
        // A file that was cut off has many of them.
        if outsideCount == 1 {
          damage.add(
            "tensor \(quoted(name)) lies at \(offsets[0])..<\(offsets[1]) of \(dataByteCount) data bytes"
          )
        }
      }
      guard let type = SafetensorsElementType(fields.typeName) else {
        unknown.add(
          "tensor \(quoted(name)) has elements of type \(quoted(fields.typeName)), which can't be read"
        )
        return
      }
      guard let elementCount = checkedProduct(shape),
        let byteCount = type.byteCount(of: elementCount)
      else {
        damage.add("tensor \(quoted(name)) has a shape \(described(shape)) that is too large")
        return
      }
      guard isInside else { return }
      guard offsets[1] - offsets[0] == byteCount else {
        damage.add(
          "tensor \(quoted(name)) has \(offsets[1] - offsets[0]) bytes where \(type.name) "
            + "\(described(shape)) needs \(byteCount)")
        return
      }
      guard let readable = type.readable else {
        unreadable[name] = SafetensorsElementType.cannotBeRead(type.name)
        return
      }
      tensors.append(
        SafetensorsEntry(
          name: name, type: readable, shape: shape, elementCount: elementCount,
          byteRange: dataStart + offsets[0]..<dataStart + offsets[1]))
    }

    /// The tensors by position, which must touch each other from the first data byte to the last.
    ///
    /// - Throws: ``ReportableError`` (`badData`) that tells everything wrong at once.
    mutating func checkedEntries() throws -> [SafetensorsEntry] {
      checkLayout()
      if outsideCount > 1 {
        damage.add("\(outsideCount - 1) other tensors lie outside as well")
      }
      let conversion = unknown.text.map { "\($0); convert it to F32, F16 or BF16" }
      if let damage = damage.text {
        throw SafetensorsHeader.damaged(
          [conversion, damage].compactMap(\.self).joined(separator: "; "))
      }
      if let conversion { throw ReportableError(.badData, conversion) }
      return tensors.sorted { Self.precedes($0.byteRange, $1.byteRange) }
    }

    private mutating func checkLayout() {
      extents.sort { Self.precedes($0.bytes, $1.bytes) }
      var end = dataStart
      var previous = ""
      for (name, bytes) in extents {
        if bytes.lowerBound < end {
          damage.add("tensors \(quoted(previous)) and \(quoted(name)) overlap")
        } else if bytes.lowerBound > end, !lacksExtents {
          damage.add(
            "\(bytes.lowerBound - end) bytes before tensor \(quoted(name)) belong to no tensor")
        }
        if bytes.upperBound >= end { (end, previous) = (bytes.upperBound, name) }
      }
      if end != fileByteCount, !lacksExtents {
        damage.add("\(fileByteCount - end) bytes at its end belong to no tensor")
      }
    }

    private static func precedes(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
      (a.lowerBound, a.upperBound) < (b.lowerBound, b.upperBound)
    }
  }
}
