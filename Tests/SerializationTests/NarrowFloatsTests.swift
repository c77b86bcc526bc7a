import Serialization
import TensorCore
import Testing

@Suite struct NarrowFloatsTests {
  @Test func everyHalfWidensAsTheStandardLibraryDoes() {
    var wrong: [UInt16] = []
    for bits in UInt16.min...UInt16.max {
      let actual = NarrowFloats.widenHalf(bits)
      let expected = Float(Float16(bitPattern: bits))
      let agree = expected.isNaN ? actual.isNaN : actual.bitPattern == expected.bitPattern
      if !agree { wrong.append(bits) }
    }
    #expect(wrong.isEmpty)
  }

  @Test func everyHalfSurvivesWideningAndNarrowing() {
    var wrong: [UInt16] = []
    for bits in UInt16.min...UInt16.max where !Float16(bitPattern: bits).isNaN {
      if NarrowFloats.narrowToHalf(NarrowFloats.widenHalf(bits)) != bits { wrong.append(bits) }
    }
    #expect(wrong.isEmpty)
    #expect(Float16(bitPattern: NarrowFloats.narrowToHalf(.nan)).isNaN)
    #expect(Float16(bitPattern: NarrowFloats.narrowToHalf(.signalingNaN)).isNaN)
  }

  /// The neighbourhood of every tie between two halves, subnormal ones included.
  @Test func narrowingToHalfRoundsToNearestEven() {
    var wrong: [Float] = []
    for bits in UInt16.min..<0x7c00 {
      let tie =
        (NarrowFloats.widenHalf(bits) + (bits == 0x7bff ? 65536 : NarrowFloats.widenHalf(bits + 1)))
        / 2
      for value in [tie, tie.nextUp, tie.nextDown, -tie, -tie.nextUp, -tie.nextDown]
      where NarrowFloats.narrowToHalf(value) != Float16(value).bitPattern {
        wrong.append(value)
      }
    }
    #expect(wrong.isEmpty)
  }

  @Test func randomFloatsNarrowAsTheDefinitionsSay() {
    var stream = RandomStream(seed: 4)
    var wrong: [Float] = []
    for _ in 0..<200_000 {
      let value = Float(bitPattern: stream.nextWord())
      if value.isNaN { continue }
      if NarrowFloats.narrowToHalf(value) != Float16(value).bitPattern { wrong.append(value) }
      let brain = NarrowFloats.widenBrainFloat(NarrowFloats.narrowToBrainFloat(value))
      // The two bfloat16 around the value, as exact numbers.
      let below = Float(bitPattern: value.bitPattern & 0xffff_0000)
      let above = Float(bitPattern: (value.bitPattern & 0xffff_0000) &+ 0x10000)
      let toBelow = abs(Double(value) - Double(below))
      let toAbove = abs(
        (above.isFinite ? Double(above) : Double(below) * (1 + 0x1p-7)) - Double(value))
      let isEven = below.bitPattern & 0x10000 == 0
      let expected = toBelow < toAbove || (toBelow == toAbove && isEven) ? below : above
      if value.isFinite, above.isFinite, brain != expected { wrong.append(value) }
    }
    #expect(wrong.isEmpty)
  }

  @Test func brainFloatTiesAndSpecialValues() {
    let cases: [(UInt32, UInt16)] = [
      (0x3f80_8000, 0x3f80), (0x3f81_8000, 0x3f82), (0x3f80_8001, 0x3f81), (0x3f80_7fff, 0x3f80),
      (0x7f7f_ffff, 0x7f80), (0x7f80_0000, 0x7f80), (0xff80_0000, 0xff80), (0x8000_0000, 0x8000),
      (0x0000_8000, 0x0000), (0x0000_8001, 0x0001), (0x7f80_0001, 0x7fc0), (0x7fff_ffff, 0x7fff),
    ]
    for (bits, expected) in cases {
      #expect(NarrowFloats.narrowToBrainFloat(Float(bitPattern: bits)) == expected)
    }
  }
}
