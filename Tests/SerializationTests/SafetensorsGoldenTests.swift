import Foundation
import Serialization
import Testing

@Suite struct SafetensorsGoldenTests {
  private static let typeNames = [
    "float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16", "int64": "I64",
    "int32": "I32", "int16": "I16", "int8": "I8", "uint8": "U8", "bool": "BOOL",
  ]

  @Test func readsWhatTheLibraryWrote() throws {
    let expected = try SerializationGoldens.allTypes()
    let file = try SafetensorsFile(path: SerializationGoldens.path("all-types.safetensors"))
    #expect(Set(file.names) == Set(expected.keys))
    #expect(Set(file.entries.map(\.type)) == Set(StoredElementType.allCases))
    #expect(file.metadata == ["format": "made by \"NumPy\""])
    for (name, tensor) in expected {
      let entry = try file.entry(name)
      #expect(entry.shape == tensor.shape)
      #expect(entry.type.rawValue == Self.typeNames[tensor.dtype])
      #expect(entry.byteCount == entry.elementCount * entry.type.byteCount)
      #expect(try file.floats(name).map(\.bitPattern) == tensor.floatBits, "\(name)")
      if let integers = tensor.integers { #expect(try file.integers(name) == integers) }
    }
  }

  @Test func pagesComeBackAfterTheirRelease() throws {
    let file = try SafetensorsFile(path: SerializationGoldens.path("all-types.safetensors"))
    let before = try file.floats("block.0.weight")
    file.releasePages(of: "block.0.weight")
    file.releasePages()
    file.releasePages(of: "empty")
    #expect(try file.floats("block.0.weight") == before)
  }

  @Test func writerMakesTheLibrarysBytes() throws {
    let path = SerializationGoldens.path("all-types.safetensors")
    let file = try SafetensorsFile(path: path)
    var writer = SafetensorsWriter(metadata: file.metadata)
    for entry in file.entries.reversed() {
      if entry.type.isFloatingPoint, entry.type != .float64 {
        let floats = try file.floats(entry.name)
        writer.add(entry.name, shape: entry.shape, type: entry.type, floats: floats)
      } else if entry.type == .float64 {
        // Doubles don't pass through Float unchanged.
        try writer.add(copying: entry.name, of: file)
      } else {
        let integers = try file.integers(entry.name)
        writer.add(entry.name, shape: entry.shape, type: entry.type, integers: integers)
      }
    }
    let folder = try TemporaryFolder()
    let copy = folder.path("copy.safetensors")
    try writer.write(to: copy)
    let expected = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == expected)
    #expect(writer.byteCount == expected.count)
  }

  @Test func everyRangeOfATensorIsThatPartOfIt() throws {
    let file = try SafetensorsFile(path: SerializationGoldens.path("all-types.safetensors"))
    for name in ["half.normal", "brain.normal", "block.0.weight", "int32", "flags", "double"] {
      let all = try file.floats(name)
      for begin in 0...all.count {
        for end in begin...all.count {
          var part = [Float](repeating: -7, count: end - begin)
          try part.withUnsafeMutableBufferPointer {
            try file.read(name, elements: begin..<end, into: $0)
          }
          #expect(part.map(\.bitPattern) == all[begin..<end].map(\.bitPattern))
        }
      }
    }
  }
}
