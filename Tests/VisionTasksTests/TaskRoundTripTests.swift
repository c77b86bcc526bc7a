import Imaging
import Platform
import TensorCore
import TestSupport
import Testing
import VisionTasks

@Suite struct TaskRoundTripTests {
  private static let segment = Instruction(
    text: "Segment the dog", task: .segmentation, category: "dog")
  private static let depth = Instruction(
    text: "Estimate the depth of this image", task: .depth)

  private func randomMasks(_ width: Int, _ height: Int, using stream: inout RandomStream) -> [Mask]
  {
    (0..<stream.integer(in: 1..<5)).map { _ in
      let (x, y) = (stream.uniform() * Double(width), stream.uniform() * Double(height))
      let (a, b) = (
        stream.uniform(in: 6...Double(width) / 3), stream.uniform(in: 6...Double(height) / 3)
      )
      let elements = (0..<(width * height)).map { index in
        let (u, v) = ((Double(index % width) - x) / a, (Double(index / width) - y) / b)
        return u * u + v * v <= 1
      }
      return Mask(width: width, height: height, elements: elements)
    }
  }

  // Measured: mean IoU 0.976 or better with specks cleaned; exact without degradation.
  @Test(arguments: Degradation.all)
  func masksComeBack(_ degradation: Degradation) throws {
    var stream = RandomStream(seed: 21)
    let task = SegmentationTask(minimumSpeckArea: 12)
    var total = 0.0
    let layouts = 60
    for _ in 0..<layouts {
      let picture = Image(width: 131, height: 97, filledWith: Color(90, 100, 80))
      let masks = randomMasks(131, 97, using: &stream)
      let painted = task.paint(.init(category: "dog", masks: masks), on: picture)
      let answer = try task.read(
        try degradation.applied(to: painted, using: &stream), of: picture, following: Self.segment)
      let truth = masks.dropFirst().reduce(masks[0]) { $0.union($1) }
      let (intersection, union) = truth.overlap(answer.mask)
      let overlap = Double(intersection) / Double(max(1, union))
      #expect(overlap > 0.85, "\(degradation)")
      total += overlap
      #expect(answer.area == answer.mask.area)
    }
    #expect(total / Double(layouts) > 0.96, "\(total / Double(layouts))")
  }

  @Test func masksAreWhiteOnBlackAndThresholded() throws {
    let picture = Image(width: 3, height: 2, filledWith: Color(9, 9, 9))
    let mask = Mask(width: 3, height: 2, elements: [true, false, false, false, true, true])
    let empty = Mask(width: 3, height: 2, repeating: false)
    let painted = SegmentationTask().paint(
      .init(category: "dog", masks: [mask, empty]), on: picture)
    #expect(painted[0, 0] == .white && painted[1, 0] == .black && painted[2, 1] == .white)
    let answer = try SegmentationTask().read(painted, of: picture, following: Self.segment)
    #expect(answer.mask == mask)
    // The mean of the channels decides: 127 is out, 128 is in.
    var greys = Image(width: 3, height: 2, filledWith: Color(127, 127, 127))
    greys[1, 0] = Color(128, 127, 127)
    greys[2, 0] = Color(255, 127, 0)
    let read = try SegmentationTask().read(greys, of: picture, following: Self.segment)
    #expect(read.mask.elements == [false, true, true, false, false, false])
    let low = try SegmentationTask(threshold: 10).read(greys, of: picture, following: Self.segment)
    #expect(low.area == 6)
  }

  @Test func specksAndHolesGo() throws {
    let picture = Image(width: 20, height: 20)
    var painted = picture
    painted.fillBox(Box(left: 4, top: 4, right: 15, bottom: 15), color: .white)
    painted[9, 9] = .black
    painted[1, 1] = .white
    painted[2, 2] = .white
    let cleaned = try SegmentationTask(minimumSpeckArea: 3)
      .read(painted, of: picture, following: Self.segment)
    #expect(cleaned.area == 144)
    let kept = try SegmentationTask().read(painted, of: picture, following: Self.segment)
    #expect(kept.area == 145)
  }

  @Test(arguments: Degradation.all)
  func distancesComeBack(_ degradation: Degradation) throws {
    var stream = RandomStream(seed: 22)
    let task = DepthTask()
    for _ in 0..<40 {
      let (width, height) = (64, 48)
      let (near, far) = (stream.uniform(in: 0.5...4), stream.uniform(in: 4...9))
      let truth = Plane<Float>(
        width: width, height: height,
        elements: (0..<(width * height)).map { index in
          let down = Double(index / width) / Double(height)
          return Float(far + (near - far) * down)
        })
      let picture = Image(width: width, height: height)
      let painted = try degradation.applied(
        to: task.paint(.init(metres: truth), on: picture), using: &stream)
      let answer = try task.read(painted, of: picture, following: Self.depth)
      let errors = zip(answer.metres.elements, truth.elements).map { Double($0 - $1) }
      let squares = errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
      // Quantisation costs up to 0.04 m; the mean of three noisy channels sigma / 44 m.
      #expect(squares.squareRoot() < 0.07 + degradation.sigma / 38, "\(degradation)")
      if degradation.sigma == 0 { #expect((errors.map { abs($0) }.max() ?? 1) < 0.17) }
    }
  }

  @Test func depthIsTruncatedGrey() throws {
    let task = DepthTask()
    let metres: [Float] = [0, 2, 0.0391, 0.0393, 9.99, 10, 12, -1, .nan, .infinity]
    let picture = Image(width: 10, height: 1)
    let painted = task.paint(
      .init(metres: Plane(width: 10, height: 1, elements: metres)), on: picture)
    #expect((0..<10).map { painted[$0, 0].red } == [0, 51, 0, 1, 254, 255, 255, 0, 0, 255])
    #expect((0..<10).allSatisfy { painted[$0, 0].red == painted[$0, 0].blue })
    let answer = try task.read(painted, of: picture, following: Self.depth)
    expectClose(
      answer.metres.elements, [0, 2, 0, 0.0392157, 9.9607843, 10, 10, 0, 0, 10], absolute: 1e-6)
    #expect(abs(answer.minimum - 0.0392157) < 1e-6)
    #expect(answer.median == 10 || abs(answer.median - 9.9607843) < 1e-6)
    #expect(answer.maximum == 10)
    let black = try task.read(picture, of: picture, following: Self.depth)
    #expect(black.minimum == 0 && black.median == 0 && black.maximum == 0)
  }

  @Test(arguments: Degradation.all)
  func verdictsComeBack(_ degradation: Degradation) throws {
    var stream = RandomStream(seed: 23)
    let task = ClassificationTask()
    let picture = Image(width: 24, height: 18)
    for index in 0..<200 {
      let colors = VerdictColors.random(using: &stream)
      let annotation = ClassificationTask.Annotation(
        category: "dog", isPresent: index % 2 == 0, colors: colors)
      let instruction = task.instruction(for: annotation, phrasing: .training, using: &stream)
      let painted = task.paint(annotation, on: picture)
      #expect(painted[5, 5] == (index % 2 == 0 ? colors.positive : colors.negative).color)
      let answer = try task.read(
        try degradation.applied(to: painted, using: &stream), of: picture, following: instruction)
      #expect(answer.isPresent == annotation.isPresent, "\(colors)")
      #expect(answer.isPresent ? answer.margin > 0.25 : answer.margin < -0.25, "\(colors)")
      #expect((answer.positiveDistance < answer.negativeDistance) == annotation.isPresent)
      // And with the colours that the text alone gives.
      let parsed = try InstructionParser().instruction(from: instruction.text)
      #expect(parsed.colors == colors)
    }
  }

  @Test func verdictsNeedColors() {
    let picture = Image(width: 4, height: 4)
    #expect(throws: ReportableError.self) {
      try ClassificationTask().read(
        picture, of: picture, following: Instruction(text: "?", task: .classification))
    }
  }

  @Test func verdictDistancesAreEuclidean() throws {
    let red = try #require(NamedColor("red"))
    let colors = VerdictColors(positive: red, negative: .black)
    var painted = Image(width: 2, height: 1)
    painted[0, 0] = Color(255, 30, 40)
    let answer = try ClassificationTask().read(
      painted, of: painted,
      following: Instruction(text: "", task: .classification, category: "dog", colors: colors))
    let toBlack = Double(255 * 255 + 30 * 30 + 40 * 40).squareRoot()
    expectClose(
      [answer.positiveDistance, answer.negativeDistance], [152.5, toBlack / 2], absolute: 1e-9)
    #expect(answer.positiveShare == 0.5)
    #expect(answer.isPresent == false)
  }
}
