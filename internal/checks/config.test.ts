import { expect } from 'chai';

import { ConfigError, readSections, type Environment } from '../config/config.ts';
import { pipelineSections } from '../config/pipeline.ts';
import { checksSection } from './config.ts';

const readConfig = (environment: Environment) =>
  readSections([...pipelineSections, checksSection], environment);

const targetsOf = (list: string) => readConfig({ CHECK_TARGETS: list }).CHECK_TARGETS;

/** The lines of the message, without the heading. */
function faultsOf(list: string): string[] {
  try {
    targetsOf(list);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
}

describe('CHECK_TARGETS', () => {
  it('is none by default', () => {
    expect(readConfig({}).CHECK_TARGETS).to.deep.equal([]);
  });

  it('names targets and their URLs', () => {
    expect(
      targetsOf('web=http://web:80/health?a=b%2Cc, naïve ☂ = https://user:pass@[::1]:8443'),
    ).to.deep.equal([
      { name: 'web', url: 'http://web:80/health?a=b%2Cc' },
      { name: 'naïve ☂', url: 'https://user:pass@[::1]:8443' },
    ]);
  });

  it('tells of every fault at once, and shows no URL, which may hold a password', () => {
    const list = `web=http://a,web=http://b,=http://c,x=ftp://secret@d,y,${'n'.repeat(256)}=http://e,z=http://%25ff%ff@f`;
    const faults = faultsOf(`${list},q=http://`);
    expect(faults.map((fault) => fault.trim())).to.deep.equal([
      'CHECK_TARGETS target 2 ("web"): the name is there twice',
      'CHECK_TARGETS target 3: the name must not be empty',
      'CHECK_TARGETS target 4 ("x"): must be name=url with an http or https URL',
      'CHECK_TARGETS target 5 ("y"): must be name=url with an http or https URL',
      `CHECK_TARGETS target 6 ("${'n'.repeat(256)}"): the name must be at most 255 characters`,
      'CHECK_TARGETS target 7 ("z"): must be name=url with an http or https URL',
      'CHECK_TARGETS target 8 ("q"): must be name=url with an http or https URL',
    ]);
    expect(faults.join()).to.not.include('secret');
  });

  it('is told together with what else is wrong', () => {
    expect(() => readConfig({ CHECK_TARGETS: ',', PORT: '-1', CHECK_TIMEOUT_SECONDS: '0' })).to.throw(
      /PORT .*\n.*CHECK_TARGETS .*\n(.*\n)*.*CHECK_TIMEOUT_SECONDS/,
    );
  });
});
