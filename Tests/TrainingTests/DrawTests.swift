import Diffusion
import TensorCore
import Testing
import Training

/// What is drawn at random for an example: conditionings, timesteps, crops.
@Suite struct DrawTests {
  @Test func conditioningsAreDroppedFivePercentEach() {
    var stream = RandomStream(seed: 8)
    var counts: [String: Int] = [:]
    let total = 200_000
    for _ in 0..<total {
      let drop = ConditioningDropout(
        draw: stream.uniform(), text: 0.05, both: 0.05, picture: 0.05)
      counts["\(drop.dropsText) \(drop.dropsPicture)", default: 0] += 1
    }
    for (kind, share) in [
      ("true false", 0.05), ("true true", 0.05), ("false true", 0.05), ("false false", 0.85),
    ] {
      // Five standard deviations.
      let deviation = (share * (1 - share) / Double(total)).squareRoot()
      let found = Double(counts[kind] ?? 0) / Double(total)
      #expect(abs(found - share) < 5 * deviation, "\(kind): \(found)")
    }
  }

  @Test func oneDrawDecidesTextThenBothThenPicture() {
    func drop(_ draw: Double) -> [Bool] {
      let drop = ConditioningDropout(draw: draw, text: 0.1, both: 0.2, picture: 0.3)
      return [drop.dropsText, drop.dropsPicture]
    }
    #expect(drop(0) == [true, false] && drop(0.0999) == [true, false])
    #expect(drop(0.1001) == [true, true] && drop(0.2999) == [true, true])
    #expect(drop(0.3001) == [false, true] && drop(0.5999) == [false, true])
    #expect(drop(0.6001) == [false, false] && drop(0.9999) == [false, false])
    let none = ConditioningDropout(draw: 0, text: 0, both: 0, picture: 0)
    #expect(!none.dropsText && !none.dropsPicture)
  }

  @Test(arguments: [0.0, 1, 2, 3.5], [(0, 1000), (0.25, 1000), (0.5, 700)])
  func timestepsHaveTheDensityAskedFor(power: Double, last: (share: Double, limit: Int)) {
    let schedule = NoiseSchedule.stableDiffusion
    var stream = RandomStream(seed: 12)
    let total = 50_000
    var tenths = [Int](repeating: 0, count: 10)
    for _ in 0..<total {
      let timestep = schedule.timestep(
        lastShare: last.share, limit: last.limit, power: power, using: &stream)
      tenths[timestep * 10 / schedule.stepCount] += 1
    }
    #expect(tenths.reduce(0, +) == total)
    for tenth in 0..<10 {
      func below(_ x: Double) -> Double {
        (0..<Int(power + 1)).reduce(1.0) { product, _ in product * x }
          * (power == power.rounded() ? 1 : x.squareRoot())
      }
      let limit = Double(last.limit)
      let spread =
        below(min(1, Double(tenth + 1) * 100 / limit)) - below(min(1, Double(tenth) * 100 / limit))
      let share = (1 - last.share) * spread + (tenth == 9 ? last.share : 0)
      let deviation = (share * (1 - share) / Double(total)).squareRoot()
      #expect(abs(Double(tenths[tenth]) / Double(total) - share) < 5 * deviation + 1e-9)
    }
  }

  @Test func allTimestepsMayBeTheLast() {
    var stream = RandomStream(seed: 12)
    for _ in 0..<100 {
      let schedule = NoiseSchedule.stableDiffusion
      #expect(schedule.timestep(lastShare: 1, limit: 700, power: 0, using: &stream) == 999)
    }
  }

  @Test func pictureAndTargetGetOneTransform() {
    var stream = RandomStream(seed: 5)
    let picture = SyntheticStages.picture(number: 1, side: 24)
    var kinds: Set<Bool> = []
    for _ in 0..<40 {
      let transform = PairTransform(sides: 16...20, crop: 16, flip: 0.5, using: &stream)
      kinds.insert(transform.isMirrored)
      #expect((16...20).contains(transform.side))
      #expect(transform.left + 16 <= transform.side && transform.top + 16 <= transform.side)
      let result = transform(picture)
      #expect(result.width == 16 && result.height == 16)
      #expect(result == transform(picture))
      let expected = picture.resized(
        width: transform.side, height: transform.side, filter: .lanczos
      ).cropped(x: transform.left, y: transform.top, width: 16, height: 16)
      #expect(result == (transform.isMirrored ? expected.flippedHorizontally() : expected))
    }
    #expect(kinds.count == 2)
  }
}
