import { expect } from 'chai';

import { clientOptions, faultOfUrl, settingStatement } from './connection.ts';

describe('the URL of a database', () => {
  it('may lead to a Unix socket', () => {
    expect(clientOptions('postgres:///db?host=/run/postgresql')).to.include({
      host: '/run/postgresql',
      database: 'db',
    });
    const withUser = clientOptions('postgres://me:p%40ss@/db?host=/run/postgresql&port=6432');
    expect(withUser).to.include({ user: 'me', password: 'p@ss', host: '/run/postgresql', port: 6432 });
    expect(clientOptions('postgresql://%2Frun%2Fpostgresql/db')).to.include({ host: '/run/postgresql' });
  });

  it('means by sslmode what libpq means', () => {
    const ssl = (query: string) => clientOptions(`postgres://h/d?${query}`).ssl;
    expect(ssl('')).to.equal(undefined);
    expect(ssl('sslmode=disable')).to.equal(false);
    expect(ssl('sslmode=allow')).to.equal(false);
    expect(ssl('sslmode=require')).to.deep.include({ rejectUnauthorized: false });
    expect(ssl('sslmode=no-verify')).to.deep.include({ rejectUnauthorized: false });
    expect(ssl('sslmode=require&uselibpqcompat=true')).to.deep.include({ rejectUnauthorized: false });
    expect(ssl('uselibpqcompat=false&sslmode=require')).to.deep.include({ rejectUnauthorized: false });
    expect(ssl('sslmode=verify-full')).to.not.have.property('rejectUnauthorized');
    expect(ssl('sslrootcert=system')).to.not.have.any.keys('rejectUnauthorized', 'ca');
  });

  it('is refused with what is wrong with it', () => {
    expect(faultOfUrl('postgres:///db?host=/run/postgresql')).to.equal(undefined);
    expect(faultOfUrl('postgres://a,b/db')).to.equal('must name one host, that of the primary');
    expect(faultOfUrl('postgres://h/db?sslmode=on')).to.match(/^must have one of these .*verify-full/);
    expect(faultOfUrl('postgres://h/db?sslmode=verify-ca')).to.match(/^must name the CA, with sslrootcert/);
    expect(faultOfUrl('postgres://u:hush@h/db?sslmode=require&sslrootcert=/none.pem'))
      .to.match(/^names a file that cannot be read \(.*\/none\.pem/)
      .and.not.include('hush');
  });

  it('is stronger than our settings by its own options', () => {
    const settings = ['synchronous_commit=on', 'lock_timeout=5'];
    expect(settingStatement(settings)).to.equal(
      "select set_config('synchronous_commit', 'on', false), set_config('lock_timeout', '5', false)",
    );
    expect(settingStatement(settings, '-c synchronous_commit=off')).to.equal(
      "select set_config('lock_timeout', '5', false)",
    );
  });
});
