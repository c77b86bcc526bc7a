import Imaging
import TensorCore
import Testing
import Training

@Suite("Loss curves")
struct LossCurveTests {
  /// The pixels mostly covered by the first series' line.
  private func line(in image: Image) -> [PixelPoint] {
    (0..<image.height).flatMap { y in
      (0..<image.width).filter { image[$0, y].red < 110 && image[$0, y].blue > 150 }
        .map { PixelPoint($0, y) }
    }
  }

  private func falling(_ count: Int, noise: Double = 0.2) -> [(step: Int, value: Double)] {
    var stream = RandomStream(seed: 11)
    return (0..<count).map { step in
      let clean = 2 / (1 + Double(step) / 20)
      return (step: step * 10, value: clean * (1 + noise * (stream.uniform() - 0.5)))
    }
  }

  @Test("a falling loss is drawn falling, from the left to the right edge")
  func falls() {
    let image = LossCurve.draw(
      series: [(name: "loss", points: falling(400, noise: 0))], size: (width: 600, height: 330),
      smoothing: 0)
    let line = line(in: image)
    let rows = Dictionary(grouping: line, by: \.x).mapValues { $0.map(\.y) }
    let columns = rows.keys.sorted()
    #expect(columns.count > 500)
    for (column, next) in zip(columns, columns.dropFirst()) {
      #expect((rows[next]?.max() ?? 0) >= (rows[column]?.min() ?? .max))
    }
    #expect((rows[columns[0]]?.min() ?? .max) < 40)
    #expect((rows[columns[columns.count - 1]]?.max() ?? 0) > 280)
  }

  @Test("the same input gives the same pixels, in the size asked for")
  func deterministic() {
    func draw() -> Image {
      LossCurve.draw(
        series: [(name: "a", points: falling(100)), (name: "b", points: falling(50))],
        size: (width: 321, height: 203), title: "run")
    }
    let image = draw()
    #expect(image.width == 321 && image.height == 203)
    #expect(image == draw())
  }

  @Test("the raw line is fainter than the smooth one and both are there")
  func faintRawLine() {
    let points = falling(300, noise: 1)
    let both = LossCurve.draw(series: [(name: "", points: points)])
    let raw = LossCurve.draw(series: [(name: "", points: points)], smoothing: 0)
    #expect(!line(in: both).isEmpty)
    #expect(line(in: both).count < line(in: raw).count)
    let tinted = both.pixels.indices.filter { $0 % 3 == 0 }.count {
      both.pixels[$0] < both.pixels[$0 + 2] && both.pixels[$0] > 100
    }
    #expect(tinted > 500)
  }

  @Test("gaps, spikes, single points, equal values and nothing at all are drawn without a stop")
  func oddInput() {
    let wild: [[(step: Int, value: Double)]] = [
      [], [(step: 5, value: 1)], [(step: 0, value: .nan)],
      [(step: 0, value: 1), (step: 1, value: .nan), (step: 2, value: 1)],
      [(step: 0, value: 0), (step: 1, value: 0)],
      [(step: 0, value: 1e308), (step: 1, value: -1e308), (step: 2, value: 0)],
      [(step: 0, value: .leastNonzeroMagnitude), (step: 1, value: 1e300)],
      [(step: 0, value: -3), (step: 1, value: 2), (step: Int.max, value: .infinity)],
      [(step: Int.min, value: 1), (step: Int.max, value: 2)],
      [(step: 7, value: 1e-12), (step: 7, value: 1.0000001e-12)],
      falling(300) + [(step: 3001, value: 1e9)],
    ]
    for points in wild {
      for scale in [LossCurve.Scale.automatic, .linear, .logarithmic] {
        let image = LossCurve.draw(
          series: [(name: "x", points: points)], size: (width: 160, height: 120), scale: scale)
        #expect(image.pixels.contains { $0 != 255 })
      }
    }
    let none = LossCurve.draw(series: [], size: (width: 160, height: 120))
    #expect(none.width == 160)
  }

  @Test("one spike does not flatten the curve")
  func spike() {
    let calm = falling(500)
    let spiked = Array(calm[..<250] + [(step: 2500, value: 1000)] + calm[251...])
    func height(_ points: [(step: Int, value: Double)]) -> Int {
      let rows = line(
        in: LossCurve.draw(series: [(name: "", points: points)], scale: .linear)
      ).map(\.y)
      return (rows.max() ?? 0) - (rows.min() ?? 0)
    }
    #expect(height(calm) > 300)
    #expect(height(spiked) > 300)
  }

  @Test("linear ticks are round and inside")
  func linearTicks() {
    let axis = CurveAxis(covering: [0.03, 0.97], isLogarithmic: false, margin: 0)
    #expect(axis.ticks(about: 5).map(\.label) == ["0.2", "0.4", "0.6", "0.8"])
    let steps = CurveAxis(covering: [0, 120_000], isLogarithmic: false, margin: 0)
    #expect(
      steps.ticks(about: 6).map(\.label) == ["0", "20k", "40k", "60k", "80k", "100k", "120k"])
    let tiny = CurveAxis(covering: [-2e-6, 2e-6], isLogarithmic: false, margin: 0)
    #expect(tiny.ticks(about: 4).map(\.label) == ["-2e-6", "-1e-6", "0", "1e-6", "2e-6"])
    let millions = CurveAxis(covering: [0, 3_000_000], isLogarithmic: false, margin: 0)
    #expect(
      millions.ticks(about: 6).map(\.label) == ["0", "500k", "1M", "1.5M", "2M", "2.5M", "3M"])
  }

  @Test("logarithmic ticks follow the decades, or the round numbers within one")
  func logarithmicTicks() {
    func labels(_ low: Double, _ high: Double, _ count: Int) -> [String] {
      CurveAxis(covering: [low, high], isLogarithmic: true, margin: 0).ticks(about: count)
        .map(\.label)
    }
    #expect(
      labels(0.01, 10, 8) == ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10"])
    #expect(labels(1e-6, 1, 6) == ["1e-6", "1e-5", "0.0001", "0.001", "0.01", "0.1", "1"])
    #expect(labels(1e-9, 1e3, 4) == ["1e-9", "1e-6", "0.001", "1", "1k"])
    #expect(labels(0.5, 0.9, 4) == ["0.5", "0.6", "0.7", "0.8", "0.9"])
    let axis = CurveAxis(covering: [1, 100], isLogarithmic: true, margin: 0)
    #expect(axis.position(-1) == nil)
    #expect(abs((axis.position(10) ?? 0) - 0.5) < 1e-12)
  }
}
