// Gradient ascent on one image by the library's recipe (tfcnn.ascent.climb), a step at a time.

import { SHIFTS, blur, shift } from "./smoothing.js";

const TINY = 1e-8;

// What is climbed: the weighted sum of channels of one path, of their mean values or at one place.
export class Objective {
  // `direction` is a weight for each channel of the path; `place` is the number of a position of the
  // map, row by row, or null for the mean over all.
  constructor(path, direction, place = null) {
    this.path = path;
    this.direction = direction;
    this.place = place;
  }

  // [first, behind the last] of the values that count, of so many.
  range(length) {
    const channels = this.direction.length;
    return this.place === null ? [0, length] : [this.place * channels, (this.place + 1) * channels];
  }

  value(values) {
    const read = values.get(this.path);
    const channels = this.direction.length;
    const [from, to] = this.range(read.length);
    let total = 0;
    for (let n = from; n < to; n++) total += read[n] * this.direction[n % channels];
    return (total * channels) / (to - from);
  }

  // Path -> gradient of the value, as Network.gradient takes it.
  seeds(values) {
    const length = values.get(this.path).length;
    const channels = this.direction.length;
    const seed = new Float32Array(length);
    const [from, to] = this.range(length);
    for (let n = from; n < to; n++) seed[n] = (this.direction[n % channels] * channels) / (to - from);
    return new Map([[this.path, seed]]);
  }
}

export class Climb {
  // `region` has 1 for each pixel that the objective can see; the others stay as they start.
  constructor(network, objective, recipe, start, region) {
    this.network = network;
    this.objective = objective;
    this.recipe = recipe;
    this.start = start;
    this.region = region;
    this.shifts = recipe.shifts ? SHIFTS : SHIFTS.slice(0, 1);
    this.steps = Math.ceil(recipe.steps / this.shifts.length) * this.shifts.length;
    this.point = start;
    this.step = 0;
    this.first = this.imageOf(start, 0);
    this.best = { value: -Infinity, image: this.first };
    this.round = 0;
  }

  get finished() {
    return this.step >= this.steps;
  }

  // The image of a point when `done` of the climb is done: blurred less and less.
  imageOf(point, done) {
    const blurred = blur(point, this.network.inputShape, between(this.recipe.image_blur, done));
    const channels = this.network.inputShape[2];
    return blurred.map((value, n) => (this.region[Math.floor(n / channels)] ? value : this.start[n]));
  }

  // The image as it stands now.
  get image() {
    return this.imageOf(this.point, Math.min(this.step / Math.max(this.steps - 1, 1), 1));
  }

  takeStep() {
    const { recipe, shifts, network } = this;
    const done = this.step / Math.max(this.steps - 1, 1);
    const turn = this.step % shifts.length;
    const image = this.imageOf(this.point, done);
    const { value, gradient } = this.aim(image, shifts[turn], done);
    const length = recipe.first_step * (recipe.last_step / recipe.first_step) ** done;
    this.point = this.moved(gradient, length);
    // The sum over a round of shifts decides: no image wins by one lucky position.
    this.round += value;
    if (turn === shifts.length - 1) {
      if (this.round > this.best.value) this.best = { value: this.round, image };
      this.round = 0;
    }
    this.step++;
    return value;
  }

  // What is climbed under one shift, and its gradient by the point.
  aim(image, by, done) {
    const shape = this.network.inputShape;
    const values = this.network.values(shift(blur(image, shape, this.recipe.objective_blur), shape, by));
    const back = this.network.gradient(values, this.objective.seeds(values));
    const ofImage = blur(shift(back, shape, [-by[0], -by[1]]), shape, this.recipe.objective_blur);
    const inRegion = ofImage.map((value, n) => value * this.region[Math.floor(n / shape[2])]);
    const gradient = blur(inRegion, shape, between(this.recipe.image_blur, done));
    return { value: this.objective.value(values), gradient };
  }

  // The next point: a step along the normalised gradient, less a little brightness everywhere.
  moved(gradient, length) {
    const { point, recipe, region } = this;
    const channels = this.network.inputShape[2];
    const kept = gradient.map((g, n) => ((point[n] <= 0 && g < 0) || (point[n] >= 1 && g > 0) ? 0 : g));
    const norm = Math.sqrt(kept.reduce((sum, g) => sum + g * g, 0));
    const area = Math.sqrt(region.reduce((sum, one) => sum + one, 0) * channels);
    const brightness = norm > 0 ? recipe.ink / area : 0;
    return point.map((value, n) => {
      const ascent = kept[n] / (norm + TINY) - brightness * region[Math.floor(n / channels)];
      return Math.min(Math.max(value + length * ascent, 0), 1);
    });
  }

  // The best of the first image, the last, and the last of the best round of shifts.
  result() {
    let winner = null;
    for (const image of [this.first, this.best.image, this.imageOf(this.point, 1)]) {
      const value = this.climbed(image);
      if (!winner || value > winner.value) winner = { value, image };
    }
    return { image: winner.image, score: this.score(winner.image), robust: this.robust(winner.image) };
  }

  // The objective on an image as it is.
  score(image) {
    return this.objective.value(this.network.values(image));
  }

  // Its mean over the blurred image, unshifted and shifted by one pixel four ways.
  robust(image) {
    return this.under(SHIFTS, blur(image, this.network.inputShape, 0.7));
  }

  climbed(image) {
    return this.under(this.shifts, blur(image, this.network.inputShape, this.recipe.objective_blur));
  }

  under(shifts, seen) {
    const shape = this.network.inputShape;
    return shifts.reduce((sum, by) => sum + this.score(shift(seen, shape, by)), 0) / shifts.length;
  }
}

function between(ends, done) {
  return ends ? ends[0] + (ends[1] - ends[0]) * done : 0;
}
