import Imaging

/// The layout and drawing of one plot.
struct CurvePlot {
  private static let paper = Color(255, 255, 255)
  private static let grid = Color(228, 231, 236)
  private static let frame = Color(120, 130, 142)
  private static let ink = Color(45, 55, 68)

  private let curves: [LossCurve.Curve]
  private let title: String
  /// Enlarges letters and lines on large pictures.
  private let scale: Int
  private let steps: CurveAxis
  private let values: CurveAxis
  private let valueTicks: [CurveAxis.Tick]
  private let stepTicks: [CurveAxis.Tick]
  private let area: Area
  private var image: Image

  /// The inside of the frame: columns `left..<right`, rows `top..<bottom`.
  private struct Area {
    let left: Int
    let top: Int
    let right: Int
    let bottom: Int
    var width: Int { right - left }
    var height: Int { bottom - top }
  }

  init(
    curves: [LossCurve.Curve], size: (width: Int, height: Int), isLogarithmic: Bool, title: String
  ) {
    self.curves = curves
    self.title = title.isEmpty && curves.count == 1 ? curves[0].name : title
    image = Image(width: size.width, height: size.height, filledWith: Self.paper)
    let scale = max(1, min(size.width / 400, size.height / 220))
    self.scale = scale
    steps = CurveAxis(
      covering: curves.flatMap(\.raw).map { Double($0.step) }, isLogarithmic: false, margin: 0)
    let values = CurveAxis(
      covering: Self.shownValues(curves), isLogarithmic: isLogarithmic, margin: 0.04)
    self.values = values
    let letter = Image.textSize("0", scale: scale)
    let valueTicks = values.ticks(about: max(2, size.height / (letter.height * 4)))
    self.valueTicks = valueTicks
    stepTicks = steps.ticks(about: max(2, size.width / (letter.width * 11)))
    let labelWidth = valueTicks.map { Image.textSize($0.label, scale: scale).width }.max() ?? 0
    let heading = !self.title.isEmpty || curves.count > 1
    let gap = 6 * scale
    area = Area(
      left: gap + labelWidth + gap, top: heading ? 3 * gap : gap + letter.height / 2,
      right: size.width - 3 * gap, bottom: size.height - gap - letter.height - gap)
  }

  /// All smoothed values and the raw ones between the first and the last hundredth.
  private static func shownValues(_ curves: [LossCurve.Curve]) -> [Double] {
    curves.flatMap { curve in
      let raw = curve.raw.map(\.value).filter(\.isFinite).sorted()
      let cut = raw.count / 100
      return raw[cut..<max(cut, raw.count - cut)]
        + curve.smooth.map(\.value).filter(\.isFinite)
    }
  }

  mutating func draw() -> Image {
    drawGrid()
    for curve in curves where curve.smooth.count > 1 {
      drawLine(curve.raw, curve.color, stroke: 0.8 * Double(scale), opacity: 0.28)
    }
    for curve in curves {
      drawLine(curve.smooth, curve.color, stroke: 1.3 * Double(scale), opacity: 1)
    }
    drawFrame()
    drawHeading()
    return image
  }

  private mutating func drawGrid() {
    let gap = 4 * scale
    for tick in valueTicks {
      let y = row(tick.position)
      image.drawLine(
        from: PixelPoint(area.left, y), to: PixelPoint(area.right - 1, y), color: Self.grid)
      let size = Image.textSize(tick.label, scale: scale)
      image.drawText(
        tick.label, at: PixelPoint(area.left - gap - size.width, y - size.height / 2),
        color: Self.ink, scale: scale)
    }
    for tick in stepTicks {
      let x = column(tick.position)
      image.drawLine(
        from: PixelPoint(x, area.top), to: PixelPoint(x, area.bottom - 1), color: Self.grid)
      let size = Image.textSize(tick.label, scale: scale)
      let left = min(max(x - size.width / 2, 0), image.width - size.width - 1)
      image.drawText(
        tick.label, at: PixelPoint(left, area.bottom + gap), color: Self.ink, scale: scale)
    }
    if curves.allSatisfy({ $0.raw.isEmpty }) {
      let text = "no data"
      let size = Image.textSize(text, scale: scale)
      image.drawText(
        text,
        at: PixelPoint(
          (area.left + area.right - size.width) / 2, (area.top + area.bottom - size.height) / 2),
        color: Self.frame, scale: scale)
    }
  }

  private mutating func drawFrame() {
    let (left, bottom) = (area.left - 1, area.bottom)
    image.drawLine(
      from: PixelPoint(left, area.top), to: PixelPoint(left, bottom), color: Self.frame)
    image.drawLine(
      from: PixelPoint(left, bottom), to: PixelPoint(area.right - 1, bottom), color: Self.frame)
  }

  /// The title at the left, the legend at the right, as far as there is room.
  private mutating func drawHeading() {
    let gap = 6 * scale
    image.drawText(title, at: PixelPoint(area.left, gap), color: Self.ink, scale: scale)
    guard curves.count > 1 else { return }
    let used = title.isEmpty ? 0 : Image.textSize(title, scale: scale).width + 2 * gap
    var right = area.right
    for curve in curves.reversed() {
      let size = Image.textSize(curve.name, scale: scale)
      let left = right - size.width
      guard left - 2 * gap >= area.left + used else { break }
      image.drawText(curve.name, at: PixelPoint(left, gap), color: Self.ink, scale: scale)
      let middle = gap + size.height / 2
      let sample = Box(
        left: Double(left - 2 * gap), top: Double(middle - scale / 2),
        right: Double(left - gap / 2 - 1), bottom: Double(middle + scale / 2))
      image.fillBox(sample, color: curve.color)
      right = left - 2 * gap - 2 * gap
    }
  }

  private mutating func drawLine(
    _ points: [(step: Int, value: Double)], _ color: Color, stroke: Double, opacity: Double
  ) {
    var raster = CurveRaster(width: area.width, height: area.height)
    var stretch: [(x: Double, y: Double)] = []
    for point in points {
      guard point.value.isFinite, let height = values.position(point.value),
        let along = steps.position(Double(point.step))
      else {
        raster.addLine(through: stretch, stroke: stroke)
        stretch = []
        continue
      }
      // A spike far outside keeps its direction without leaving the range of exact arithmetic.
      let bounded = min(max(height, -50), 50)
      stretch.append(
        (x: along * Double(area.width - 1) + 0.5, y: (1 - bounded) * Double(area.height - 1) + 0.5))
    }
    raster.addLine(through: stretch, stroke: stroke)
    raster.blend(
      into: &image, at: PixelPoint(area.left, area.top), color: color, opacity: opacity)
  }

  private func column(_ position: Double) -> Int {
    area.left + Int((position * Double(area.width - 1)).rounded())
  }

  private func row(_ position: Double) -> Int {
    area.top + Int(((1 - position) * Double(area.height - 1)).rounded())
  }
}
