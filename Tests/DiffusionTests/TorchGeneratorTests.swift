import TensorCore
import Testing

/// Everything is equal to the last bit; the script of the golden names the draws.
@Suite struct TorchGeneratorTests {
  private static let seeds: [UInt64] = [0, 1, 42, 1 << 32, 1 << 63 + 5, .max]

  @Test(arguments: seeds)
  func drawsAreThoseOfTheReference(seed: UInt64) throws {
    let golden = try DiffusionGolden("torch-random")
    let names = golden.file.names.filter {
      $0.hasSuffix("-\(seed)") && $0.split(separator: "-").count == 3
    }
    #expect(names.count == (seed == 42 ? 52 : 18))
    for name in names {
      let parts = name.split(separator: "-")
      let count = try #require(Int(parts[1]))
      var generator = TorchGenerator(seed: seed)
      let drawn = Self.draw(String(parts[0]), count, from: &generator)
      let expected = try Self.expected(name, in: golden)
      #expect(drawn == expected, "\(name)")
    }
  }

  @Test func mixedDrawsGoOnWhereTheLastStopped() throws {
    let golden = try DiffusionGolden("torch-random")
    var generator = TorchGenerator(seed: 7)
    for index in 0..<15 {
      let name = try #require(
        golden.file.names.first { $0.hasPrefix("sequence-\(index)-") })
      let parts = name.split(separator: "-")
      let count = try #require(Int(parts[3]))
      let drawn = Self.draw(String(parts[2]), count, from: &generator)
      let expected = try Self.expected(name, in: golden)
      #expect(drawn == expected, "\(name)")
    }
  }

  @Test func wordsAreThoseOfTheMersenneTwister() {
    // The 10,000th word of the usual seed, which the C++ standard prescribes for `std::mt19937`.
    var words = MersenneTwister(seed: 5489)
    for _ in 0..<9999 { _ = words.nextWord() }
    #expect(words.nextWord() == 4_123_659_995)
    #expect(words.position == 10_000)
  }

  @Test func copiesGoOnAlike() {
    var generator = TorchGenerator(seed: 1 << 32 + 3)
    #expect(generator.seed == 1 << 32 + 3 && generator.position == 0)
    _ = Self.normals(3, .float32, from: &generator)
    // Two pairs, of which one number is kept.
    #expect(generator.position == 8)
    var copy = generator
    #expect(copy == generator)
    let later = Self.normals(700, .float16, from: &generator)
    #expect(generator.position == 8 + 43 * 16 + 16)
    #expect(copy != generator)
    #expect(Self.normals(700, .float16, from: &copy) == later)
    #expect(copy == generator)
    #expect(Self.normals(1, .float64, from: &copy) == Self.normals(1, .float64, from: &generator))
  }

  @Test func drawingNothingChangesNothing() {
    var generator = TorchGenerator(seed: 5)
    for precision in TorchGenerator.Precision.allCases {
      #expect(Self.normals(0, precision, from: &generator).isEmpty)
    }
    #expect(generator == TorchGenerator(seed: 5))
  }

  @Test func emptyRangesStopTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var generator = TorchGenerator(seed: 0)
      _ = generator.integer(in: 3..<3)
    }
  }

  private static let ranges: [Range<Int>] = [
    0..<10, -5..<1 << 20, 0..<(1 << 28) - 1, 0..<1 << 28, -(1 << 62)..<(1 << 62) + 1,
  ]

  static func normals(
    _ count: Int, _ precision: TorchGenerator.Precision, from generator: inout TorchGenerator
  ) -> [Float] {
    var values = [Float](repeating: .nan, count: count)
    values.withUnsafeMutableBufferPointer { generator.fillNormal($0, as: precision) }
    return values
  }

  /// The bits of what the golden's script calls `kind`.
  private static func draw(
    _ kind: String, _ count: Int, from generator: inout TorchGenerator
  ) -> [UInt64] {
    func floats(_ precision: TorchGenerator.Precision) -> [UInt64] {
      normals(count, precision, from: &generator).map { UInt64($0.bitPattern) }
    }
    switch kind {
    case "float32": return floats(.float32)
    case "float16": return floats(.float16)
    case "bfloat16": return floats(.brainFloat16)
    case "float64":
      var values = [Double](repeating: .nan, count: count)
      values.withUnsafeMutableBufferPointer { generator.fillNormal($0) }
      return values.map(\.bitPattern)
    case "uniform32":
      return (0..<count).map { _ in UInt64(generator.uniformFloat().bitPattern) }
    case "uniform64": return (0..<count).map { _ in generator.uniformDouble().bitPattern }
    case "integers":
      return (0..<9).map { _ in
        UInt64(bitPattern: Int64(generator.integer(in: ranges[count])))
      }
    default: return []
    }
  }

  private static func expected(_ name: String, in golden: DiffusionGolden) throws -> [UInt64] {
    guard try golden.file.entry(name).type == .float32 else {
      return try golden.file.integers(name).map { UInt64(bitPattern: Int64($0)) }
    }
    return try golden.file.floats(name).map { UInt64($0.bitPattern) }
  }
}
