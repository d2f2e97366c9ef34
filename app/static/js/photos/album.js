// The photos of an album, as the site tells of them: page by page, each asked for once.

import { json } from "../http.js";

export class Photos {
  constructor(list) {
    this.list = list;
    this.size = 200;
    this.answers = new Map();
    this.known = new Map();
  }

  get total() {
    return Number(this.list.dataset.total);
  }

  // query: pairs of a name and a value
  async ask(query) {
    const address = new URL(this.list.dataset.more, window.location.href);
    for (const [name, value] of query) {
      address.searchParams.append(name, value);
    }
    const answer = await json(address);
    this.list.dataset.total = answer.total;
    if (answer.first !== null) {
      this.size = answer.size;
      answer.photos.forEach((photo, i) => this.known.set(answer.first + i, photo));
    }
    return answer;
  }

  // The photo with this number, from 1, if it is here.
  at(number) {
    return this.known.get(number);
  }

  // Have the photo with this number, and those of its page.
  async load(number) {
    const page = Math.floor((number - 1) / this.size) + 1;
    if (!this.answers.has(page)) {
      const answer = this.ask([["page", page]]);
      this.answers.set(page, answer);
      answer.catch(() => this.answers.delete(page));
    }
    await this.answers.get(page);
    return this.at(number);
  }

  // Photos came, went, or have other numbers.
  forget() {
    this.answers.clear();
    this.known.clear();
  }
}
